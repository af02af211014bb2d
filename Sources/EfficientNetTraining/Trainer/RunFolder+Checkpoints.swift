internal import EfficientNetSystem
internal import FoundationEssentials

/// The checkpoints of a run: checkpoint-BATCHES.safetensors, after so many batches of the whole run.
extension RunFolder {
  /// The checkpoints, newest first.
  var checkpoints: [String] {
    let names = (try? Folder.names(path)) ?? []
    let numbered = names.compactMap { name -> (Int, String)? in
      guard name.hasPrefix("checkpoint-"), name.hasSuffix(".safetensors"),
        let number = Int(name.dropFirst(11).dropLast(12))
      else { return nil }
      return (number, "\(path)/\(name)")
    }
    return numbered.sorted { $0.0 > $1.0 }.map(\.1)
  }

  /// The path of the checkpoint after so many batches of the whole run.
  func checkpoint(batches: Int) -> String { "\(path)/checkpoint-\(batches).safetensors" }

  /// Removes all checkpoints but one, if there is one: room for the next.
  func removeCheckpoints(but kept: String?) {
    for path in checkpoints where path != kept { try? FileManager.default.removeItem(atPath: path) }
  }
}

internal import EfficientNetCompute
internal import FoundationEssentials

/// A folder with all that a run leaves: config.json, log.csv, best.safetensors, last.safetensors, report.html, and
/// checkpoint-BATCHES.safetensors, after so many batches of the whole run, to go on from.
public typealias RunFolder = WorkFolder<RunConfiguration>

extension RunFolder {
  /// The path of log.csv.
  public var log: String { file("log.csv") }
  /// The weights of the best epoch.
  public var best: String { file("best.safetensors") }
  /// The weights of the last epoch.
  public var last: String { file("last.safetensors") }

  /// The checkpoints, newest first.
  var checkpoints: [String] {
    let names = (try? Folder.names(path)) ?? []
    let numbered = names.compactMap { name -> (Int, String)? in
      guard name.hasPrefix("checkpoint-"), name.hasSuffix(".safetensors"),
        let number = Int(name.dropFirst(11).dropLast(12))
      else { return nil }
      return (number, file(name))
    }
    return numbered.sorted { $0.0 > $1.0 }.map(\.1)
  }

  func checkpoint(batches: Int) -> String { file("checkpoint-\(batches).safetensors") }

  /// Removes all checkpoints but one, if there is one: room for the next.
  func removeCheckpoints(but kept: String?) {
    for path in checkpoints where path != kept { try? FileManager.default.removeItem(atPath: path) }
  }

  /// Removes the folder of a run that could not begin: what it wrote, and the folder unless there is something else in it.
  public func discardUnlessBegun() { if !isBegun { discard() } }

  func discard() {
    removeCheckpoints(but: nil)
    Folder.removeIfEmpty(path)
  }
}

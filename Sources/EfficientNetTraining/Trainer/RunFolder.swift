internal import EfficientNetCompute

/// The folder of a run: config.json, log.csv, best.safetensors, last.safetensors, report.html,
/// result.json if a run of `effnet train` has ended, and checkpoint-BATCHES.safetensors, named by
/// the number of completed batches.
public typealias RunFolder = WorkFolder<RunConfiguration>

extension RunFolder {
  /// The path of log.csv: one line per epoch.
  public var log: String { file("log.csv") }
  /// The path of the weights of the best epoch.
  public var best: String { file("best.safetensors") }
  /// The path of the weights of the last epoch.
  public var last: String { file("last.safetensors") }

  /// The checkpoints, the newest first.
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

  /// Removes all checkpoints except one, if there is one, to make room for the next.
  func removeCheckpoints(but kept: String?) {
    for path in checkpoints where path != kept { Folder.remove(path) }
  }

  /// Removes the folder of a run that failed to begin, unless it contains other files.
  public func discardUnlessBegun() { if !isBegun { discard() } }

  func discard() {
    removeCheckpoints(but: nil)
    Folder.removeIfEmpty(path)
  }

  /// Removes the folder of a run without a completed epoch, unless it contains other files.
  package func discardWithSettings() {
    Folder.remove(settings)
    discard()
  }
}

extension Checkpoint {
  /// Where a run is.
  struct Progress: Codable, Hashable {
    /// The epoch that is under way, from 1 on.
    var epoch = 1
    /// Batches of it that are done; if all are, validation comes next.
    var batches = 0
    /// Optimizer steps of the whole run, and those that the average has seen.
    var steps = 0
    var averagedSteps = 0
    /// Of the epoch so far.
    var loss = 0.0
    var correct = 0
    var images = 0
    var seconds = 0.0
    /// Of the whole run.
    var totalSeconds = 0.0
    var totalImages = 0
    var best: Best?
    var records: [EpochRecord] = []
    var broken: [BrokenPhoto] = []
  }

  /// The epoch with the best accuracy.
  struct Best: Codable, Hashable {
    var epoch: Int
    var top1: Double
  }
}

extension Checkpoint.Progress {
  /// Whether a run of so many epochs, each of so many batches, can be there: files may say anything.
  func isPossible(epochs: Int, batchesPerEpoch: Int) -> Bool {
    let counts = [steps, averagedSteps, correct, images, totalImages]
    let times = [seconds, totalSeconds, loss]
    return 1...epochs ~= epoch && 0...batchesPerEpoch ~= batches
      && counts.allSatisfy { 0...1 << 48 ~= $0 }
      && times.allSatisfy { $0 >= 0 && $0 < 1e15 }
      && records.map(\.epoch) == Array(1..<epoch)
      && best.map { 1..<epoch ~= $0.epoch && 0...1 ~= $0.top1 } ?? true
  }
}

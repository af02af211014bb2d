extension Checkpoint {
  struct Progress: Codable, Hashable {
    /// The epoch that is under way, from 1 on.
    var epoch = 1
    /// Batches of it that are done; if all are, validation comes next.
    var batches = 0
    /// Optimizer steps of the whole run, and those that the average has seen.
    var steps = 0
    var averagedSteps = 0
    /// Steps that moved each parameter of the network.
    var parameterSteps: [Int] = []
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
    /// Photos that could not be read, in the order in which they were met. Their samples are
    /// numbered over both parts: those to validate with come behind those to train on.
    var broken: [BrokenPhoto] = []

    /// Whether a run of so many epochs, each of so many batches, and of so many photos of both parts
    /// can be there: files may say anything.
    func isPossible(epochs: Int, batchesPerEpoch: Int, photos: Int) -> Bool {
      let counts = [steps, averagedSteps, correct, images, totalImages] + parameterSteps
      let times = [seconds, totalSeconds, loss]
      return 1...epochs ~= epoch && 0...batchesPerEpoch ~= batches
        && counts.allSatisfy { 0...1 << 48 ~= $0 }
        && times.allSatisfy { $0 >= 0 && $0 < 1e15 }
        && broken.allSatisfy { 0..<photos ~= $0.sample }
        && records.map(\.epoch) == Array(1..<epoch)
        && best.map { 1..<epoch ~= $0.epoch && 0...1 ~= $0.top1 } ?? true
    }
  }

  /// The epoch with the best accuracy, and of several such epochs the one with the lowest
  /// validation loss.
  struct Best: Codable, Hashable {
    var epoch: Int
    var top1: Double
  }
}

extension Checkpoint {
  struct Progress: Codable, Hashable {
    /// The current epoch, from 1.
    var epoch = 1
    /// The completed batches of the epoch; after the last one, validation follows.
    var batches = 0
    /// The optimizer steps of the whole run, and the number of averaged steps.
    var steps = 0
    var averagedSteps = 0
    /// The number of steps that moved each parameter of the network.
    var parameterSteps: [Int] = []
    /// The sums over the epoch so far.
    var loss = 0.0
    var correct = 0
    var images = 0
    var seconds = 0.0
    /// The sums over the whole run.
    var totalSeconds = 0.0
    var totalImages = 0
    var best: Best?
    var records: [EpochRecord] = []
    /// The unreadable photos, in the order in which they were found. The indices of the validation
    /// photos follow those of the training photos.
    var broken: [BrokenPhoto] = []

    /// The record of the current epoch, from the evaluation of the validation photos after it and
    /// the learning rate of its last step.
    func record(_ evaluation: Evaluation, rate: Double) -> EpochRecord {
      let images = Double(max(images, 1))
      return EpochRecord(
        epoch: epoch, trainingLoss: loss / images, trainingTop1: Double(correct) / images,
        validationLoss: evaluation.loss, validationTop1: evaluation.top1,
        validationTop5: evaluation.top5, validationImages: evaluation.images, rate: rate,
        seconds: seconds, imagesPerSecond: images / max(seconds, 1e-9))
    }

    /// Whether a run with these numbers of epochs, batches per epoch and photos can be in this
    /// state: the file may contain anything.
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

  /// The epoch with the best accuracy; of equally accurate ones the epoch with the lowest
  /// validation loss.
  struct Best: Codable, Hashable {
    var epoch: Int
    var top1: Double
  }
}

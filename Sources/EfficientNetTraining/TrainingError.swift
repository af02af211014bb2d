internal import EfficientNetCompute

/// Training that cannot be done, and why.
public enum TrainingError: Error, Hashable, CustomStringConvertible {
  /// Batches of such a size need too much memory.
  case memory(bytes: Int, batch: Int)
  /// The loss is no finite number any more.
  case diverged(step: Int, rate: Double)
  /// The loss of a test of learning rates is no finite number before anything can be concluded.
  case noRate(points: Int, rate: Double)

  /// Too many photos cannot be decoded: a line for each.
  case broken([String])

  /// One line with the remedy.
  public var description: String {
    switch self {
    case .memory(let bytes, let batch):
      "training on batches of \(batch) needs \(bytes >> 30) GB; lower --batch or --resolution"
    case .diverged(let step, let rate):
      "the loss is not a finite number at step \(step), learning rate \(rate); lower --lr, or clip gradients with --clip"
    case .noRate(let points, let rate):
      "the loss is not a finite number after \(points.counted("step")), at a learning rate of only \(rate.significant(2)); "
        + "no rate can help: look at the weights that training begins with, and at the photos with --show-augmentation"
    case .broken(let photos):
      "\(photos.count) photos cannot be read, more than --broken allows; the first: \(photos[0])"
        .oneLine
    }
  }
}

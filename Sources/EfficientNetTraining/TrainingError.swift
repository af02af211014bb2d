internal import EfficientNetCompute
internal import EfficientNetReports

/// Training that cannot be done, and why.
public enum TrainingError: Error, Hashable, CustomStringConvertible {
  /// Batches of such a size need more memory than may be used, or than the system gives if no room is said.
  case memory(bytes: Int, batch: Int, room: Int?)
  /// The loss or the weights are no finite numbers any more, or far from what any training needs.
  case diverged(step: Int, rate: Double)
  /// Settings that no run can have.
  case settings(String)
  /// A run to go on with has no checkpoint that can be read.
  case noCheckpoint(run: String, reason: String?)
  /// The loss of a test of learning rates is no finite number before anything can be concluded.
  case noRate(points: Int, rate: Double)

  /// Too many photos cannot be decoded.
  case broken(count: Int, limit: Int, first: String)

  /// One line with the remedy.
  public var description: String {
    switch self {
    case .memory(let bytes, let batch, let room):
      "batches of \(batch) need \(bytes >> 20) MB of memory, "
        + (room.map { "\($0 >> 20) MB may be used" } ?? "more than the system gives")
        + "; lower --batch, which in training --accumulate makes up for, or lower --resolution"
    case .diverged(let step, let rate):
      "training diverged at step \(step), learning rate \(rate): the loss is not a finite number, or grows without end; "
        + "lower --lr, or clip gradients with --clip"
    case .noRate(let points, let rate):
      "the loss is not a finite number after \(points.counted("step")), at a learning rate of only \(rate.significant(2)); "
        + "no rate can help: look at the weights that training begins with, and at the photos with 'effnet augment'"
    case .settings(let complaint): complaint.oneLine
    case .noCheckpoint(let run, let reason):
      (reason.map { "\(run): no checkpoint can be read, the newest for one: \($0)" }
        ?? "\(run): there is no checkpoint to go on from").oneLine + "; begin a new run"
    case .broken(let count, let limit, let first):
      ("\(count.counted("photo")) cannot be read, more than the \(limit) of --broken; repair them, or raise it, "
        + "also with --resume; the first: \(first)").oneLine
    }
  }
}

internal import EfficientNetCompute

/// One epoch of a run: a line of log.csv.
public struct EpochRecord: Codable, Hashable, Sendable {
  /// From 1 on.
  public var epoch: Int
  /// The mean loss over the epoch, as it is trained with: smoothed and mixed.
  public var trainingLoss: Double
  /// Share of the training photos that were recognised while the epoch went on.
  public var trainingTop1: Double
  /// The mean cross entropy of the validation photos.
  public var validationLoss: Double
  /// Share of the validation photos that are recognised.
  public var validationTop1: Double
  /// Share of them whose class is among the five best.
  public var validationTop5: Double
  /// The learning rate at the end.
  public var rate: Double
  /// How long it trained.
  public var seconds: Double
  /// While it trained.
  public var imagesPerSecond: Double

  private static let header =
    "epoch,training_loss,training_top1,validation_loss,validation_top1,validation_top5,learning_rate,seconds,"
    + "images_per_second"

  /// Writes log.csv, whole.
  ///
  /// - Throws: ``FileError``.
  static func write(_ records: [EpochRecord], to path: String) throws(FileError) {
    var file = try OutputFile(path: path)
    try file.write(header + "\n")
    for record in records {
      let numbers = [
        record.trainingLoss, record.trainingTop1, record.validationLoss, record.validationTop1,
        record.validationTop5, record.rate, record.seconds, record.imagesPerSecond,
      ]
      try file.write(
        "\(record.epoch)," + numbers.map { "\($0)" }.joined(separator: ",") + "\n")
    }
    try file.commit()
  }
}

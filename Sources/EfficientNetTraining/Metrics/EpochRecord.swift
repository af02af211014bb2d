/// One epoch of a run: a line of log.csv.
public struct EpochRecord: Codable, Hashable, Sendable {
  /// From 1 on.
  public var epoch: Int
  /// The mean loss over the epoch, as it is trained with: smoothed and mixed.
  public var trainingLoss: Double
  /// Share of the training photos that were recognised while the epoch went on; of mixed photos the
  /// class with the largest share counts.
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

  /// log.csv: a line of names, then a line for each epoch, the numbers with all their digits.
  static func csv(_ records: [EpochRecord]) -> String {
    let lines = records.map { record in
      let numbers = [
        record.trainingLoss, record.trainingTop1, record.validationLoss, record.validationTop1,
        record.validationTop5, record.rate, record.seconds, record.imagesPerSecond,
      ]
      return "\(record.epoch)," + numbers.map { "\($0)" }.joined(separator: ",") + "\n"
    }
    return
      "epoch,training_loss,training_top1,validation_loss,validation_top1,validation_top5,learning_rate,seconds,"
      + "images_per_second\n" + lines.joined()
  }
}

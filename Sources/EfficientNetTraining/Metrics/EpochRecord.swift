/// The results of one epoch: a line of log.csv.
public struct EpochRecord: Codable, Hashable, Sendable {
  /// The number of the epoch, from 1.
  public var epoch: Int
  /// The mean training loss of the epoch, with label smoothing and mixing.
  public var trainingLoss: Double
  /// The share of training photos that were classified correctly during the epoch; a mixed photo
  /// counts for the class with the largest share.
  public var trainingTop1: Double
  /// The mean cross entropy of the validation photos.
  public var validationLoss: Double
  /// The share of validation photos whose best class is right.
  public var validationTop1: Double
  /// The share of validation photos whose class is among the five best.
  public var validationTop5: Double
  /// The number of validation photos that could be read; nil in runs of versions that did not count
  /// them.
  public var validationImages: Int? = nil
  /// The learning rate at the end of the epoch.
  public var rate: Double
  /// The training time in seconds.
  public var seconds: Double
  /// The training speed in photos per second.
  public var imagesPerSecond: Double

  /// The text of log.csv: a header, then one line per epoch, with all digits of the numbers.
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

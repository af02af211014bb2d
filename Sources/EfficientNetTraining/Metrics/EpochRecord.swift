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
      let images = record.validationImages.map { "\($0)" } ?? ""
      return "\(record.epoch)," + numbers.map { "\($0)," }.joined() + images + "\n"
    }
    return header + "\n" + lines.joined()
  }

  private static let header = "\(firstColumns),validation_images"
  private static let firstColumns =
    "epoch,training_loss,training_top1,validation_loss,validation_top1,validation_top5,"
    + "learning_rate,seconds,images_per_second"

  /// Reads the text of log.csv. Early versions wrote no `validation_images`.
  ///
  /// - Throws: A `Complaint` about the first wrong line.
  static func records(ofCSV bytes: [UInt8]) throws(Complaint) -> [EpochRecord] {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard let first = lines.first, [header, firstColumns].contains(String(first)) else {
      throw Complaint(reason: "line 1 is not the header of a run's log")
    }
    let columns = first.split(separator: ",").count
    var records: [EpochRecord] = []
    for line in lines.dropFirst() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      let numbers = fields.prefix(9).compactMap { Double($0) }
      let counts = fields.dropFirst(9).filter { !$0.isEmpty }
      let images = counts.compactMap { Int($0) }.filter { 0...1 << 40 ~= $0 }
      guard fields.count == columns, numbers.count == 9, images.count == counts.count,
        numbers[0] == Double(records.count + 1), 0...1 ~= numbers[4]
      else {
        throw Complaint(
          reason: "line \(records.count + 2) is not the line of epoch \(records.count + 1)")
      }
      records.append(
        EpochRecord(
          epoch: records.count + 1, trainingLoss: numbers[1], trainingTop1: numbers[2],
          validationLoss: numbers[3], validationTop1: numbers[4], validationTop5: numbers[5],
          validationImages: images.first, rate: numbers[6], seconds: numbers[7],
          imagesPerSecond: numbers[8]))
    }
    return records
  }
}

internal import EfficientNet
public import EfficientNetCompute

/// log.csv: a line of names, then a line for each epoch, the numbers with all their digits.
extension EpochRecord {
  private static let header =
    "epoch,training_loss,training_top1,validation_loss,validation_top1,validation_top5,learning_rate,seconds,"
    + "images_per_second"
  private static let mostBytes = 1 << 26

  /// Writes log.csv anew with all epochs, so that it is whole at any moment.
  ///
  /// - Throws: ``FileError``.
  public static func write(_ records: [EpochRecord], to path: String) throws(FileError) {
    var file = try OutputFile(path: path)
    var text = header + "\n"
    for record in records { text += record.line + "\n" }
    try file.write(text)
    try file.commit()
  }

  /// Reads what ``write(_:to:)`` wrote.
  ///
  /// - Throws: ``FileError`` that names the line if anything in it is not as it was written: a field too many, a number that
  ///   is none, an epoch out of order, a line without its end.
  public static func read(_ path: String) throws(FileError) -> [EpochRecord] {
    let bytes = try FileContents.read(path, limit: mostBytes)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(path: path, reason: "it is no text in UTF-8; restore it, or begin a new run")
    }
    // By scalars: for Swift a carriage return and a line feed are one character.
    let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { String($0) }
    func damage(_ index: Int, _ reason: String) -> FileError {
      FileError(
        path: path, reason: "line \(index + 1) \(reason); restore the file, or begin a new run")
    }
    guard lines[0] == header else { throw damage(0, "is not '\(header)'") }
    guard lines.last == "" else { throw damage(lines.count - 1, "has no end") }
    var records: [EpochRecord] = []
    for (index, line) in lines.enumerated().dropFirst().dropLast() {
      guard let record = EpochRecord(line: line) else {
        throw damage(index, "is damaged: \(WeightsError.quoted(line).oneLine)")
      }
      guard record.epoch == index else {
        throw damage(index, "is epoch \(record.epoch) where \(index) is due")
      }
      records.append(record)
    }
    return records
  }

  private var line: String {
    let numbers = [
      trainingLoss, trainingTop1, validationLoss, validationTop1, validationTop5, rate, seconds,
      imagesPerSecond,
    ]
    return "\(epoch)," + numbers.map { "\($0)" }.joined(separator: ",")
  }

  /// A record from its line; nil unless it is exactly what would be written.
  private init?(line: String) {
    let fields = line.split(separator: ",", omittingEmptySubsequences: false)
    guard fields.count == 9, let epoch = Int(fields[0]) else { return nil }
    let numbers = fields.dropFirst().compactMap { Double($0) }
    guard numbers.count == 8, numbers.allSatisfy({ $0.isFinite && $0 >= 0 }) else { return nil }
    self.init(
      epoch: epoch, trainingLoss: numbers[0], trainingTop1: numbers[1], validationLoss: numbers[2],
      validationTop1: numbers[3], validationTop5: numbers[4], rate: numbers[5],
      seconds: numbers[6], imagesPerSecond: numbers[7])
    guard [trainingTop1, validationTop1, validationTop5].allSatisfy({ $0 <= 1 }), self.line == line
    else { return nil }
  }
}

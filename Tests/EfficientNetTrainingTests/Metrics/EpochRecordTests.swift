import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetTraining

@Suite("log.csv")
final class EpochRecordTests {
  private let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("\(UUID().uuidString).csv").path

  deinit { try? FileManager.default.removeItem(atPath: path) }

  private let records = (1...3).map {
    EpochRecord(
      epoch: $0, trainingLoss: 1 / Double($0), trainingTop1: 0.1 * Double($0),
      validationLoss: 0.1 + 0.2,
      validationTop1: 1, validationTop5: 0, rate: 1e-17, seconds: 1e5 / 3, imagesPerSecond: 98.5)
  }

  private func text() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test("a header, then a line for each epoch, with all digits")
  func roundTrip() throws {
    try EpochRecord.write(records, to: path)
    let lines = try text().split(separator: "\n")
    #expect(lines.count == 4)
    #expect(
      lines[0]
        == "epoch,training_loss,training_top1,validation_loss,validation_top1,validation_top5,learning_rate,seconds,images_per_second"
    )
    #expect(lines[1] == "1,1.0,0.1,0.30000000000000004,1.0,0.0,1e-17,33333.333333333336,98.5")
    #expect(try EpochRecord.read(path) == records)
    try EpochRecord.write([], to: path)
    #expect(try EpochRecord.read(path).isEmpty)
  }

  @Test(
    "damage is an error that names the file and the line",
    arguments: [
      ("2,0.5", "2,0.5,0.5", 3), ("2,0.5", "2,nan", 3), ("2,0.5", "2,-0.5", 3),
      ("2,0.5", "2, 0.5", 3),
      ("2,0.5", "2,0x1p-1", 3), ("2,0.5", "2,", 3), ("2,0.5,0.2,", "2,0.5,1.2,", 3),
      ("2,0.5", "3,0.5", 3), ("\n2,0.5", "\n\n2,0.5", 3), ("epoch,", "Epoch,", 1),
      ("98.5\n3", "98.5\r\n3", 3),
      ("3,0.3333333333333333", "\u{1B}[2J", 4),
    ])
  func damage(good: String, bad: String, line: Int) throws {
    try EpochRecord.write(records, to: path)
    let whole = try text()
    let damaged = whole.replacingOccurrences(of: good, with: bad)
    #expect(damaged != whole)
    try damaged.write(toFile: path, atomically: true, encoding: .utf8)
    let error = try #require(
      #expect(throws: FileError.self) { try EpochRecord.read(self.path) })
    #expect(error.path == path)
    #expect(error.reason.hasPrefix("line \(line) "), "\(error)")
    #expect(error.description == error.description.oneLine)
  }

  @Test("a file that was cut anywhere, or is no text, is an error")
  func truncation() throws {
    try EpochRecord.write(records, to: path)
    let bytes = Array(try text().utf8)
    let ends = bytes.indices.filter { bytes[$0] == 0x0A }.map { $0 + 1 }
    for count in 0..<bytes.count where !ends.contains(count) {
      try Data(bytes[..<count]).write(to: URL(fileURLWithPath: path))
      #expect(throws: FileError.self) { try EpochRecord.read(self.path) }
    }
    try Data(bytes + [0xFF]).write(to: URL(fileURLWithPath: path))
    #expect(throws: FileError.self) { try EpochRecord.read(self.path) }
  }

  @Test("a file that is not there")
  func missing() { #expect(throws: FileError.self) { try EpochRecord.read("/nowhere/log.csv") } }
}

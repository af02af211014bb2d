import EfficientNet
import EfficientNetReports
import Testing

@testable import EfficientNetTraining

@Suite("log.csv")
struct EpochRecordTests {
  private let records = (1...3).map {
    EpochRecord(
      epoch: $0, trainingLoss: 1 / Double($0), trainingTop1: 0.1 * Double($0),
      validationLoss: 0.1 + 0.2,
      validationTop1: 1, validationTop5: 0, rate: 1e-17, seconds: 1e5 / 3, imagesPerSecond: 98.5)
  }

  @Test("the file has a header and a line for each epoch, with all digits")
  func lines() {
    let lines = EpochRecord.csv(records).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 5 && lines[4].isEmpty)
    #expect(
      lines[0]
        == "epoch,training_loss,training_top1,validation_loss,validation_top1,validation_top5,learning_rate,seconds,images_per_second,validation_images"
    )
    #expect(lines[1] == "1,1.0,0.1,0.30000000000000004,1.0,0.0,1e-17,33333.333333333336,98.5,")
    #expect(EpochRecord.csv([]) == lines[0] + "\n")
  }

  @Test("a record knows how many validation photos are right, if it has their number")
  func validated() throws {
    var record = records[0]
    #expect(record.validated == nil)
    (record.validationTop1, record.validationImages) = (11.0 / 12, 12)
    #expect(record.validated == Proportion(11, of: 12))
    // A checkpoint of an earlier version has no number.
    let json = try encodedJSON(records[0])
    #expect(!json.contains("validationImages"))
    let read: EpochRecord = try decodedJSON(Array(json.utf8))
    #expect(read == records[0])
    record.validationImages = 0
    #expect(record.validated == nil)
  }

  @Test("the file is read back, and a wrong line is named")
  func reading() throws {
    var records = records
    records[0].validationImages = 12
    let text = EpochRecord.csv(records)
    #expect(text.contains(",98.5,12\n2,"))
    #expect(try EpochRecord.records(ofCSV: Array(text.utf8)) == records)
    // The log of an early version.
    let early = text.replacing(",validation_images", with: "").replacing(",98.5,12", with: ",98.5")
      .replacing(",98.5,\n", with: ",98.5\n")
    records[0].validationImages = nil
    #expect(try EpochRecord.records(ofCSV: Array(early.utf8)) == records)
    for (old, new, line) in [
      ("epoch,", "epochs,", 1), ("\n2,", "\n3,", 3), ("1,1.0,", "1,", 2), ("\n3,", "\n3,x,", 4),
      (",12\n", ",x\n", 2), (",12\n", ",-1\n", 2), (",12\n", "\n", 2),
      (",1.0,0.0,", ",1.5,0.0,", 2),
    ] {
      let error = #expect(throws: Complaint.self) {
        try EpochRecord.records(ofCSV: Array(text.replacing(old, with: new).utf8))
      }
      #expect(
        error?.reason.hasPrefix("line \(line) is not") == true, "\(String(describing: error))")
    }
  }
}

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
        == "epoch,training_loss,training_top1,validation_loss,validation_top1,validation_top5,learning_rate,seconds,images_per_second"
    )
    #expect(lines[1] == "1,1.0,0.1,0.30000000000000004,1.0,0.0,1e-17,33333.333333333336,98.5")
    #expect(EpochRecord.csv([]) == lines[0] + "\n")
  }
}

import EfficientNetReports
import EfficientNetTraining

extension EpochRecord {
  /// For instance "epoch 3: loss 0.412, top-1 87.50 %; validation: loss 0.305, top-1 91.20 %; 98 photos a second".
  func line(isValidated: Bool) -> String {
    func percent(_ share: Double) -> String { "\((100 * share).formatted(digits: 2)) %" }
    let validation =
      "validation: loss \(validationLoss.formatted(digits: 3)), top-1 \(percent(validationTop1)); "
    return
      "epoch \(epoch): loss \(trainingLoss.formatted(digits: 3)), top-1 \(percent(trainingTop1)); "
      + (isValidated ? validation : "")
      + "\(imagesPerSecond.formatted(digits: 1)) photos a second"
  }
}

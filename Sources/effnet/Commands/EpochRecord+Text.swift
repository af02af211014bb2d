import EfficientNetReports
import EfficientNetTraining

extension TrainingProgress {
  /// For instance "epoch 3/10, 640/8000 photos, 4 min left, 98/s, loss 0.412, top-1 87.5 %".
  ///
  /// The most important facts come first, since a terminal of 80 columns cuts long lines off.
  var text: String {
    let place = "epoch \(epoch)/\(epochs), \(images)/\(imagesPerEpoch) "
    guard !isValidating else { return place + "validation photos" }
    return place + "photos, \(secondsLeft.roughDuration) left, "
      + "\(imagesPerSecond.formatted(digits: imagesPerSecond < 10 ? 1 : 0))/s, "
      + "loss \(loss.formatted(digits: 3)), top-1 \(top1.percent(digits: 1))"
  }
}

extension EpochRecord {
  /// The time of the epochs after this one, for instance "about 12 min for the remaining 349
  /// epochs"; nil if it is less than a minute.
  ///
  /// - Parameters:
  ///   - epochs: The number of epochs of the run.
  ///   - training: The number of training photos.
  ///   - validation: The number of validation photos.
  func timeOfRest(epochs: Int, training: Int, validation: Int) -> String? {
    // Validation only runs forward, a third of the operations.
    let whole = seconds * (1 + Double(validation) / Double(3 * max(1, training)))
    let rest = Double(epochs - epoch) * whole
    guard rest >= 60 else { return nil }
    return "about \(rest.roughDuration) for the remaining "
      + (epochs - epoch).counted("epoch", "epochs")
  }

  /// For instance "epoch 3: loss 0.412, top-1 87.5 %; validation: loss 0.305, top-1 11 of 12 (91.7
  /// %); 98.0 photos a second".
  func line(isValidated: Bool) -> String {
    let right = validated?.shortText ?? validationTop1.percent(digits: 1)
    let validation = "validation: loss \(validationLoss.formatted(digits: 3)), top-1 \(right); "
    return
      "epoch \(epoch): loss \(trainingLoss.formatted(digits: 3)), "
      + "top-1 \(trainingTop1.percent(digits: 1)); "
      + (isValidated ? validation : "")
      + "\(imagesPerSecond.formatted(digits: 1)) photos a second"
  }
}

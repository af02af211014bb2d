import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

extension TrainingProgress {
  /// For instance "epoch 3 of 10: 640 of 8000 photos, loss 0.412, top-1 87.5 %, 98 a second, 4 min left".
  var text: String {
    let place = "epoch \(epoch) of \(epochs): \(images) of \(imagesPerEpoch) "
    guard !isValidating else { return place + "validation photos" }
    return place + "photos, loss \(loss.formatted(digits: 3)), "
      + "top-1 \(top1.percent(digits: 1)), "
      + "\(imagesPerSecond.formatted(digits: imagesPerSecond < 10 ? 1 : 0)) a second, "
      + "\(secondsLeft.roughDuration) left"
  }
}

extension EpochRecord {
  /// For instance "epoch 3: loss 0.412, top-1 87.50 %; validation: loss 0.305, top-1 91.20 %; 98 photos a second".
  func line(isValidated: Bool) -> String {
    let validation =
      "validation: loss \(validationLoss.formatted(digits: 3)), top-1 \(validationTop1.percent(digits: 2)); "
    return
      "epoch \(epoch): loss \(trainingLoss.formatted(digits: 3)), top-1 \(trainingTop1.percent(digits: 2)); "
      + (isValidated ? validation : "")
      + "\(imagesPerSecond.formatted(digits: 1)) photos a second"
  }
}

extension FileError {
  /// The error of work that goes on with a command once its cause is gone.
  func resumable(by command: String) -> FileError {
    FileError(path: path, reason: "\(reason); once that is put right, go on with: \(command)")
  }
}

extension RunFolder {
  /// The command that goes on with the run.
  var resumingCommand: String { ShellWords.joined(["effnet", "train", "--resume", path]) }
}

import EfficientNetReports
import EfficientNetTraining

extension TrainingProgress {
  /// For instance "epoch 3 of 10: 640 of 8000 photos, loss 0.412, top-1 87.5 %, 98 a second, 4 min left".
  var text: String {
    let place = "epoch \(epoch) of \(epochs): \(images) of \(imagesPerEpoch) "
    guard !isValidating else { return place + "validation photos" }
    return place + "photos, loss \(loss.formatted(digits: 3)), "
      + "top-1 \((100 * top1).formatted(digits: 1)) %, "
      + "\(imagesPerSecond.formatted(digits: imagesPerSecond < 10 ? 1 : 0)) a second, "
      + "\(secondsLeft.roughDuration) left"
  }
}

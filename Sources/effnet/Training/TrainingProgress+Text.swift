import EfficientNetTraining

extension TrainingProgress {
  /// For instance "epoch 3 of 10: 640 of 8000 photos, loss 0.412, top-1 87.5 %, 98 a second, 4 min left".
  var text: String {
    let place = "epoch \(epoch) of \(epochs): \(images) of \(imagesPerEpoch) "
    guard !isValidating else { return place + "validation photos" }
    return place + "photos, loss \(loss.formatted(digits: 3)), "
      + "top-1 \((100 * top1).formatted(digits: 1)) %, "
      + "\(imagesPerSecond.formatted(digits: imagesPerSecond < 10 ? 1 : 0)) a second, "
      + "\(secondsLeft.timeLeft) left"
  }
}

extension Double {
  /// Seconds, for instance "42 s", "12 min", "3 h 20 min".
  var timeLeft: String {
    // At the beginning nobody knows.
    guard self < 1e9 else { return "forever" }
    let whole = Int(rounded(.up))
    if whole < 100 { return "\(whole) s" }
    let minutes = (whole + 59) / 60
    return minutes < 100 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}

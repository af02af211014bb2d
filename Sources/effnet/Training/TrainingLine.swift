import EfficientNetReports
import EfficientNetTraining

/// The line on the terminal that says how far training is:
/// "epoch 3 of 10: 640 of 8000 photos, loss 0.412, top-1 87.5 %, 98 a second, 4 min left".
///
/// Silent when standard error is not a terminal.
struct TrainingLine {
  private let isShown: Bool
  private let clock = ContinuousClock()
  private var lastUpdate: ContinuousClock.Instant?
  private var isVisible = false

  init(isQuiet: Bool) { isShown = !isQuiet && StandardError.isTerminal }

  /// Shows the state, at most ten times a second.
  mutating func update(_ state: TrainingProgress) {
    guard isShown else { return }
    let now = clock.now
    if let lastUpdate, now - lastUpdate < .milliseconds(100) { return }
    lastUpdate = now
    isVisible = true
    var text =
      "epoch \(state.epoch) of \(state.epochs): \(state.images) of \(state.imagesPerEpoch) "
    if state.isValidating {
      text += "validation photos"
    } else {
      text +=
        "photos, loss \(state.loss.formatted(digits: 3)), "
        + "top-1 \((100 * state.top1).formatted(digits: 1)) %, "
        + "\(state.imagesPerSecond.formatted(digits: state.imagesPerSecond < 10 ? 1 : 0)) a second, "
        + "\(state.secondsLeft.roughDuration) left"
    }
    StandardError.write("\r\u{1B}[K" + text)
  }

  /// Removes the line, so that other text can be written.
  mutating func clear() {
    guard isVisible else { return }
    StandardError.write("\r\u{1B}[K")
    isVisible = false
  }
}

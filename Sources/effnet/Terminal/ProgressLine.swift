import EfficientNetReports

/// One line on the terminal that says how far a piece of work is: "123 of 500 photos, 61 a second, 6 s left".
///
/// Silent when standard error is not a terminal.
struct ProgressLine {
  private let total: Int
  private let noun: String
  private let alreadyDone: Int
  private let isShown: Bool
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastUpdate: ContinuousClock.Instant?
  private var isVisible = false

  /// - Parameter alreadyDone: Pieces that were done before, which do not count for the rate.
  init(total: Int, noun: String, isQuiet: Bool, alreadyDone: Int = 0) {
    (self.total, self.noun, self.alreadyDone) = (total, noun, alreadyDone)
    isShown = !isQuiet && StandardError.isTerminal
    start = clock.now
  }

  /// Shows that `done` pieces are done, at most ten times a second.
  mutating func update(_ done: Int) {
    // Before the first piece nobody knows the rate.
    guard isShown, done > alreadyDone else { return }
    let now = clock.now
    if let lastUpdate, now - lastUpdate < .milliseconds(100), done < total { return }
    lastUpdate = now
    isVisible = true
    let rate = Double(done - alreadyDone) / max((now - start) / .seconds(1), 1e-9)
    let left = Int((Double(total - done) / max(rate, 1e-9)).rounded(.up))
    StandardError.write(
      "\r\u{1B}[K\(done) of \(total) \(noun), "
        + "\(rate.formatted(digits: rate < 10 ? 1 : 0)) a second, \(left) s left")
  }

  /// Removes the line, so that other text can be written.
  mutating func clear() {
    guard isVisible else { return }
    StandardError.write("\r\u{1B}[K")
    isVisible = false
  }
}

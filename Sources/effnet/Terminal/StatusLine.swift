import EfficientNetReports

/// Text on the terminal that says how far work is, and is replaced in place, at most ten times a second.
///
///     var status = StatusLine(isQuiet: quiet)
///     defer { status.clear() }
///     status.show("31 of 60 trainings")
///
/// Silent when standard error is not a terminal.
struct StatusLine {
  private let isShown: Bool
  private var lastUpdate: ContinuousClock.Instant?
  /// Lines on the terminal that are to be replaced.
  private var visibleLines = 0

  init(isQuiet: Bool) { isShown = !isQuiet && StandardError.isTerminal }

  /// Whether ``show(_:isLast:)`` would show text now.
  func isDue(isLast: Bool = false) -> Bool {
    guard isShown, !isLast, let lastUpdate else { return isShown }
    return .now - lastUpdate >= .milliseconds(100)
  }

  /// Shows text, unless other text was shown just now.
  ///
  /// - Parameters:
  ///   - text: One line or more; what does not fit into the terminal's width is cut off.
  ///   - isLast: Whether it is shown in any case.
  mutating func show(_ text: @autoclosure () -> String, isLast: Bool = false) {
    guard isDue(isLast: isLast) else { return }
    lastUpdate = .now
    clear()
    // A line that wraps would be two, and only one of them be replaced.
    let columns = StandardError.columns
    let lines = text().split(separator: "\n", omittingEmptySubsequences: false)
    StandardError.write(lines.map { String($0.prefix(columns - 1)) }.joined(separator: "\n"))
    visibleLines = lines.count
  }

  /// Removes the text, so that other text can be written.
  mutating func clear() {
    guard visibleLines > 0 else { return }
    let up = visibleLines > 1 ? "\u{1B}[\(visibleLines - 1)A" : ""
    StandardError.write("\r\(up)\u{1B}[J")
    visibleLines = 0
  }
}

/// A ``StatusLine`` that counts pieces of work: "123 of 500 photos, 61 a second, 6 s left".
struct ProgressLine {
  private let total: Int
  private let noun: String
  private let alreadyDone: Int
  private let start = ContinuousClock.now
  private var status: StatusLine

  /// - Parameter alreadyDone: Pieces that were done before, which do not count for the rate.
  init(total: Int, noun: String, isQuiet: Bool, alreadyDone: Int = 0) {
    (self.total, self.noun, self.alreadyDone) = (total, noun, alreadyDone)
    status = StatusLine(isQuiet: isQuiet)
  }

  /// Shows that `done` pieces are done.
  mutating func update(_ done: Int) {
    // Before the first piece nobody knows the rate.
    guard done > alreadyDone, status.isDue(isLast: done >= total) else { return }
    let text = text(done)
    status.show(text, isLast: true)
  }

  /// Shows that `done` pieces are done, and says why if the last one failed.
  ///
  /// - Throws: ``Interruption`` if one was asked for.
  mutating func update(
    _ done: Int, _ outcome: Result<some Any, any Error>
  ) throws(Interruption) {
    try Interruption.check()
    if case .failure(let error) = outcome {
      clear()
      StandardError.report("\(error)")
    }
    update(done)
  }

  private func text(_ done: Int) -> String {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let rate = Double(done - alreadyDone) / max(seconds, 1e-9)
    let left = Int((Double(total - done) / max(rate, 1e-9)).rounded(.up))
    return "\(done) of \(total) \(noun), "
      + "\(rate.formatted(digits: rate < 10 ? 1 : 0)) a second, \(left) s left"
  }

  /// Removes the text, so that other text can be written.
  mutating func clear() { status.clear() }
}

import EfficientNetReports
import EfficientNetSystem

/// Text on the terminal that says how far work is, and is replaced in place, at most ten times a second. Whatever else is
/// written to the terminal removes it.
///
///     var status = StatusLine(isQuiet: quiet)
///     status.show("31 of 60 trainings")
///
/// Silent when standard error is not a terminal.
struct StatusLine {
  /// Lines on the terminal that are to be replaced.
  private static let visibleLines = Locked(0)
  private let isShown: Bool
  private var lastUpdate: ContinuousClock.Instant?

  init(isQuiet: Bool) { isShown = !isQuiet && StandardStream.error.isTerminal }

  /// Shows text, unless other text was shown just now.
  ///
  /// - Parameters:
  ///   - text: One line or more; what does not fit into the terminal's width is cut off.
  ///   - isLast: Whether it is shown in any case.
  mutating func show(_ text: @autoclosure () -> String, isLast: Bool = false) {
    guard isShown else { return }
    if !isLast, let lastUpdate, .now - lastUpdate < .milliseconds(100) { return }
    lastUpdate = .now
    // A line that wraps would be two, and only one of them be replaced.
    let columns = StandardStream.error.columns ?? 80
    let lines = text().split(separator: "\n", omittingEmptySubsequences: false)
    StandardError.write(lines.map { String($0.prefix(columns - 1)) }.joined(separator: "\n"))
    Self.visibleLines.withLock { $0 = lines.count }
  }

  /// Removes the text, so that other text can be written.
  static func clear() {
    visibleLines.withLock { lines in
      guard lines > 0 else { return }
      let up = lines > 1 ? "\u{1B}[\(lines - 1)A" : ""
      _ = StandardStream.error.write(Array("\r\(up)\u{1B}[J".utf8))
      lines = 0
    }
  }
}

/// A ``StatusLine`` that counts pieces of work: "123 of 500 photos, 61 a second, 6 s left". Threads may share it.
final class ProgressLine: Sendable {
  private let noun: String
  private let alreadyDone: Int
  private let start = ContinuousClock.now
  private let status: Locked<StatusLine>

  /// - Parameter alreadyDone: Pieces that were done before, which do not count for the rate.
  init(_ noun: String, isQuiet: Bool, alreadyDone: Int = 0) {
    (self.noun, self.alreadyDone) = (noun, alreadyDone)
    status = Locked(StatusLine(isQuiet: isQuiet))
  }

  /// Shows that `done` pieces are done.
  func update(_ done: Int, of total: Int) {
    // Before the first piece nobody knows the rate.
    guard done > alreadyDone else { return }
    status.withLock { $0.show(text(done, of: total), isLast: done >= total) }
  }

  /// Says why if a piece failed, unless an interruption was asked for.
  func check(_ outcome: Result<some Any, any Error>) throws(Interruption) {
    try Interruption.check()
    if case .failure(let error) = outcome { StandardError.report(error) }
  }

  private func text(_ done: Int, of total: Int) -> String {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let rate = Double(done - alreadyDone) / max(seconds, 1e-9)
    let left = Int((Double(total - done) / max(rate, 1e-9)).rounded(.up))
    return "\(done) of \(total) \(noun), "
      + "\(rate.formatted(digits: rate < 10 ? 1 : 0)) a second, \(left) s left"
  }
}

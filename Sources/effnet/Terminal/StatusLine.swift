import EfficientNetReports
import EfficientNetSystem

/// A text on the terminal that shows progress and is replaced in place, at most ten times a second.
/// Any other output to the terminal removes it.
///
///     var status = StatusLine(isQuiet: quiet)
///     status.show("31 of 60 trainings")
///
/// Silent when standard error is not a terminal.
struct StatusLine {
  /// The number of lines on the terminal to replace.
  private static let visibleLines = Locked(0)
  private let isShown: Bool
  private var lastUpdate: ContinuousClock.Instant?

  init(isQuiet: Bool) { isShown = !isQuiet && StandardStream.error.isTerminal }

  /// Shows text, unless other text was shown less than 0.1 s ago.
  ///
  /// - Parameters:
  ///   - text: One or more lines; each is cut at the terminal's width.
  ///   - isLast: Whether to show the text in any case.
  mutating func show(_ text: @autoclosure () -> String, isLast: Bool = false) {
    guard isShown else { return }
    if !isLast, let lastUpdate, .now - lastUpdate < .milliseconds(100) { return }
    lastUpdate = .now
    // A line that wraps would be two lines, of which only one is replaced.
    let columns = StandardStream.error.columns ?? 80
    let lines = text().split(separator: "\n", omittingEmptySubsequences: false)
    StandardError.write(lines.map { String($0.prefix(columns - 1)) }.joined(separator: "\n"))
    Self.visibleLines.withLock { $0 = lines.count }
  }

  /// Removes the text, so that other output can be written.
  static func clear() {
    visibleLines.withLock { lines in
      guard lines > 0 else { return }
      let up = lines > 1 ? "\u{1B}[\(lines - 1)A" : ""
      _ = StandardStream.error.write(Array("\r\(up)\u{1B}[J".utf8))
      lines = 0
    }
  }
}

/// A ``StatusLine`` that counts pieces of work: "123 of 500 photos, 61 a second, 6 s left".
///
/// Threads may share it.
final class ProgressLine: Sendable {
  private let noun: String
  private let alreadyDone: Int
  private let start = ContinuousClock.now
  private let status: Locked<StatusLine>

  /// - Parameters:
  ///   - noun: The plural noun of a piece.
  ///   - isQuiet: Whether nothing is shown.
  ///   - alreadyDone: The number of pieces that were done before; they do not count for the rate.
  init(_ noun: String, isQuiet: Bool, alreadyDone: Int = 0) {
    (self.noun, self.alreadyDone) = (noun, alreadyDone)
    status = Locked(StatusLine(isQuiet: isQuiet))
  }

  func update(_ done: Int, of total: Int) {
    // Before the first piece the rate is unknown.
    guard done > alreadyDone else { return }
    status.withLock { $0.show(text(done, of: total), isLast: done >= total) }
  }

  /// Reports the error of a failed piece, unless an interruption is pending.
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

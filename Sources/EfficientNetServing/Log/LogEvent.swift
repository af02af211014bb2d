internal import EfficientNetCompute
internal import EfficientNetSystem

/// A message of the server in the log, such as that a model was loaded.
package struct LogEvent: Sendable {
  /// Milliseconds since 1970.
  package var time: Int64
  package var level: LogLevel
  package var message: String

  /// Creates an event that happens now.
  package init(_ level: LogLevel = .info, _ message: String) {
    (time, self.level, self.message) = (currentTime(), level, message)
  }

  /// The event in one line, without a line break.
  package func line(_ format: LogFormat) -> String {
    switch format {
    case .text: return "\(logTime(time)) \(level.rawValue) \(message)".oneLine
    case .json:
      var line = JSONLine()
      line.add("time", logTime(time))
      line.add("level", level.rawValue)
      line.add("message", message)
      return line.text
    }
  }
}

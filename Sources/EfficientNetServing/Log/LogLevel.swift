/// The form of the lines in the log.
package enum LogFormat: String, CaseIterable, Sendable {
  /// An object in each line, for programs.
  case json
  /// For a terminal.
  case text
}

/// The weight of a line in the log.
package enum LogLevel: String, Sendable {
  case info, warning, error

  /// Returns the level of an answer: a server's mistake is an error, another refusal a warning.
  package static func of(status: Int) -> LogLevel {
    switch status {
    case ..<400: .info
    // An overload is no mistake.
    case 503: .warning
    case 500...: .error
    default: .warning
    }
  }
}

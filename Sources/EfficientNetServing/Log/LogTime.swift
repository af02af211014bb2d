internal import FoundationEssentials

/// A time in UTC as RFC 3339 writes it, with milliseconds: "2026-12-01T15:04:05.123Z".
///
/// - Parameter milliseconds: Milliseconds since 1970.
func logTime(_ milliseconds: Int64) -> String {
  // Half a millisecond more, because the format cuts the digits off and a time is not exact.
  let date = Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000)
  return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
}

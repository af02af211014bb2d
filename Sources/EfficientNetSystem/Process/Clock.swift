internal import CGlibc
internal import Glibc

/// Waits for `duration`, or until `isCancelled`, called ten times per second, returns true.
package func pause(_ duration: Duration, isCancelled: () -> Bool) {
  let end = ContinuousClock.now + duration
  while !isCancelled() {
    let left = end - ContinuousClock.now
    if left <= .zero { return }
    usleep(UInt32(min(left / .microseconds(1), 100_000).rounded(.up)))
  }
}

/// Returns the seconds from now until an HTTP date such as "Sun, 06 Nov 1994 08:49:37 GMT"; 0 for a
/// date in the past.
///
/// Source: [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#field.date), 5.6.7.
///
/// - Parameter now: Seconds since 1970; the current time by default.
/// - Returns: The seconds; nil if the text is not an HTTP date.
package func secondsUntil(httpDate text: String, now: Int? = nil) -> Int? {
  var date = tm()
  guard let rest = unsafe strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &date),
    unsafe rest.pointee == 0
  else { return nil }
  return max(timegm(&date) - (now ?? time(nil)), 0)
}

/// Returns the time in milliseconds since 1970.
package func currentTime() -> Int64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}

/// Returns a time in the local time zone, such as "2026-11-29 17:05".
///
/// - Parameter nanoseconds: Nanoseconds since 1970.
package func localTime(_ nanoseconds: Int64) -> String {
  var (seconds, date) = (time_t(nanoseconds / 1_000_000_000), tm())
  guard unsafe localtime_r(&seconds, &date) != nil else { return "–" }
  func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return "\(Int(date.tm_year) + 1900)-\(padded(date.tm_mon + 1))-\(padded(date.tm_mday)) "
    + "\(padded(date.tm_hour)):\(padded(date.tm_min))"
}

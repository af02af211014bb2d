internal import CGlibc
internal import Glibc

/// Waits; ends early once `isCancelled`, which is asked ten times a second, says yes.
package func pause(_ duration: Duration, isCancelled: () -> Bool) {
  let end = ContinuousClock.now + duration
  while !isCancelled() {
    let left = end - ContinuousClock.now
    if left <= .zero { return }
    usleep(UInt32(min(left / .microseconds(1), 100_000).rounded(.up)))
  }
}

/// The seconds from now, 0 for the past, until a date in the form of HTTP: "Sun, 06 Nov 1994 08:49:37 GMT".
///
/// Source: [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#field.date), 5.6.7.
///
/// - Parameter now: Seconds since 1970; the current time by default.
/// - Returns: Nil if the text is no such date.
package func secondsUntil(httpDate text: String, now: Int? = nil) -> Int? {
  var date = tm()
  guard let rest = unsafe strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &date),
    unsafe rest.pointee == 0
  else { return nil }
  return max(timegm(&date) - (now ?? time(nil)), 0)
}

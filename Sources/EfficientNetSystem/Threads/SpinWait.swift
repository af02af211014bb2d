internal import CEfficientNetSystem
internal import Glibc

/// The time for which a thread polls before it sleeps: 50 µs. Waking takes about as long, and the
/// gaps between the steps of a network are shorter.
///
///     var wait = SpinWait()
///     while !isThere() {
///       if !wait.goesOn() { sleep() }
///     }
struct SpinWait {
  private static let nanoseconds: UInt64 = 50_000
  private static let looksPerClock = 32

  private var looks = 0
  private var begin: UInt64?

  mutating func restart() { (looks, begin) = (0, nil) }

  /// Pauses briefly; returns false when the time is over.
  mutating func goesOn() -> Bool {
    effnet_pause()
    looks += 1
    guard looks % Self.looksPerClock == 0 else { return true }
    let now = Self.now
    guard let begin else {
      begin = now
      return true
    }
    return now &- begin < Self.nanoseconds
  }

  private static var now: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

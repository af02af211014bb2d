import EfficientNetSystem
import Foundation
import Testing

@Suite("Thread pool, idle")
struct ThreadPoolIdleTests {
  /// The processor time that the calling thread has used, in nanoseconds.
  private static func time() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  @Test("waiting workers use no processor time", arguments: 1...4)
  func workersSleep(threads: Int) {
    let pool = ThreadPool(threads: threads)
    let times = (0..<threads).map { _ in Counter() }
    pool.onEachThread { thread in times[thread].add(-Self.time()) }
    Thread.sleep(forTimeInterval: 0.2)
    pool.onEachThread { thread in times[thread].add(Self.time()) }
    for time in times { #expect(time.value < 5_000_000, "\(time.value) ns of 200 ms") }
  }

  @Test("a caller that waits for workers uses no processor time", arguments: 2...4)
  func callerSleeps(threads: Int) {
    let pool = ThreadPool(threads: threads)
    let begin = Self.time()
    pool.onEachThread { thread in
      if thread > 0 { Thread.sleep(forTimeInterval: 0.2) }
    }
    let time = Self.time() - begin
    #expect(time < 5_000_000, "\(time) ns of 200 ms")
  }
}

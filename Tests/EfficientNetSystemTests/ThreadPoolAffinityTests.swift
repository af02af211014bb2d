import CEfficientNetSystem
import EfficientNetSystem
import Foundation
import Testing

/// Workers may run on every processor of the process except that of the thread that wakes them.
@Suite("Thread pool, processor affinity", .serialized)
struct ThreadPoolAffinityTests {
  @Test("workers may use all processors but the waking thread's")
  func keepsProcessors() {
    Self.onThread {
      let all = Self.processors()
      let pool = ThreadPool(threads: 3)
      for _ in 0..<200 {
        pool.submit { pool.forEach(count: 4) { _ in } }
        pool.forEach(count: 4) { _ in pool.submit {} }
        usleep(200)
      }
      for processor in all {
        Self.pin(to: [processor])
        let others = all.count > 1 ? all.subtracting([processor]) : all
        // Workers move when they are woken; a worker that is still awake stays on its processor.
        let isRight = Self.isSoon { Self.workerProcessors(of: pool).allSatisfy { $0 == others } }
        #expect(isRight, "woken from processor \(processor) of \(all)")
      }
      Self.pin(to: all)
    }
  }

  @Test("a pool that a worker creates has the processors of the worker's pool")
  func nestedPools() {
    Self.onThread {
      let all = Self.processors()
      let pool = ThreadPool(threads: 3)
      let available = ThreadPool.availableProcessors
      for _ in 0..<20 {
        usleep(500)  // Workers fall asleep and are woken.
        let wrong = Counter()
        pool.onEachThread { _ in
          if ThreadPool.availableProcessors != available { wrong.add(1) }
          let inner = ThreadPool(threads: 2)
          let found = Self.workerProcessors(of: inner)
          let least = max(1, all.count - 1)
          if !found.allSatisfy({ $0.isSubset(of: all) && $0.count >= least }) { wrong.add(1) }
        }
        #expect(wrong.value == 0)
      }
    }
  }

  /// The affinity masks of a pool's workers.
  private static func workerProcessors(of pool: ThreadPool) -> [Set<Int>] {
    let masks = Masks()
    usleep(500)
    pool.onEachThread { thread in
      if thread > 0 { masks.add(processors()) }
    }
    return masks.all
  }

  private final class Masks: @unchecked Sendable {
    private let lock = NSLock()
    private var masks: [Set<Int>] = []
    func add(_ mask: Set<Int>) { lock.withLock { masks.append(mask) } }
    var all: [Set<Int>] { lock.withLock { masks } }
  }

  /// The processors that the calling thread may use: "0-3,8" in a file of the kernel.
  private static func processors() -> Set<Int> {
    let status = try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") } ?? ""
    let list = line.split(whereSeparator: \.isWhitespace).last ?? ""
    var result: Set<Int> = []
    for range in list.split(separator: ",") {
      let ends = range.split(separator: "-").compactMap { Int($0) }
      if let first = ends.first, let last = ends.last { result.formUnion(first...last) }
    }
    return result
  }

  /// Restricts the calling thread to some processors.
  private static func pin(to processors: Set<Int>) {
    var set = effnet_processors()
    withUnsafeMutableBytes(of: &set) { bytes in
      for processor in processors { bytes[processor / 8] |= UInt8(1) << UInt8(processor % 8) }
    }
    effnet_keep_off(pthread_self(), -1, &set)
  }

  /// Calls `body` on a new thread, whose affinity may be changed.
  private static func onThread(_ body: @escaping @Sendable () -> Void) {
    let done = DispatchSemaphore(value: 0)
    Thread {
      body()
      done.signal()
    }.start()
    done.wait()
  }

  private static func isSoon(_ condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
      if ContinuousClock.now > deadline { return false }
    }
    return true
  }
}

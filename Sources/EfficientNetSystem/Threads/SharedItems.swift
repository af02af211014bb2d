internal import Synchronization

/// The items of one call of `forEach`. The calling thread, the owner, takes items from the front
/// and the workers take them from the back. So a thread finds data in its cache that it wrote in
/// the step before.
///
/// A forward pass shares work about a hundred times. The cost is the transfer of a cache line
/// between processors, 40 to 170 ns each time, so all shared state is on one cache line.
struct SharedItems: ~Copyable, @unchecked Sendable {
  typealias Body = @Sendable (_ item: Int, _ thread: Int) -> Void

  /// The shared state, on one cache line.
  private struct Line: ~Copyable {
    /// The items that no thread has taken yet; see `Remaining`.
    let remaining = Atomic<UInt64>(0)
    /// The number of items that workers have finished since the pool was created.
    let reported = Atomic<Int>(0)
    let isOwnerAsleep = Atomic<Bool>(false)
    let isOwned = Atomic<Bool>(false)
    /// The value of `reported` after the workers have finished all their items; only the owner uses
    /// it.
    let goal = Atomic<Int>(0)
  }

  /// The closure for an item. It is noncopyable, so that calling it changes no reference count.
  private struct Job: ~Copyable {
    let body: Body
    borrowing func callAsFunction(_ item: Int, _ thread: Int) { body(item, thread) }
  }

  private let line: UnsafeMutablePointer<Line>
  /// The job, on the same cache line. It exists during a call; only threads that have taken an item
  /// read it.
  private let job: UnsafeMutablePointer<Job>
  private let completion = Monitor()

  init() {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
    line = unsafe memory.bindMemory(to: Line.self, capacity: 1)
    job = unsafe (memory + MemoryLayout<Line>.stride).bindMemory(to: Job.self, capacity: 1)
    unsafe line.initialize(to: Line())
  }

  deinit {
    unsafe line.deinitialize(count: 1)
    unsafe line.deallocate()
  }

  /// The items `begin..<end` in one word. Two calls may have equal words; this is safe, since a
  /// thread reads `job` after taking an item.
  private struct Remaining {
    var bits: UInt64

    init(bits: UInt64) { self.bits = bits }
    init(begin: Int, end: Int) { bits = UInt64(begin) << 32 | UInt64(end) }

    var begin: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }
    var end: UInt32 { UInt32(truncatingIfNeeded: bits) }
    var isEmpty: Bool { begin >= end }
    var first: Int { Int(begin) }
    var last: Int { Int(end) - 1 }
    var withoutFirst: Remaining { Remaining(bits: bits + (1 << 32)) }
    var withoutLast: Remaining { Remaining(bits: bits - 1) }
  }

  /// Shares `count` items, works on them as thread 0, and returns true when all are done. Returns
  /// false if another call is under way.
  func share(count: Int, _ body: Body, whenPublished: () -> Void) -> Bool {
    precondition(1...Int(UInt32.max) ~= count, "\(count) items to share")
    guard
      unsafe line.pointee.isOwned.compareExchange(
        expected: false, desired: true, ordering: .acquiring
      ).exchanged
    else { return false }
    withoutActuallyEscaping(body) { body in
      unsafe job.initialize(to: Job(body: body))
      // The owner has already taken the first item.
      unsafe line.pointee.remaining.store(
        Remaining(begin: 1, end: count).bits, ordering: .sequentiallyConsistent)
      whenPublished()
      body(0, 0)
      var own = 1
      while let item = take(first: true) {
        body(item, 0)
        own += 1
      }
      unsafe line.pointee.goal.wrappingAdd(count - own, ordering: .relaxed)
      waitForReports()
      unsafe job.deinitialize(count: 1)
    }
    unsafe line.pointee.isOwned.store(false, ordering: .releasing)
    return true
  }

  /// Processes an item as a worker; returns false if none is left.
  func help(as thread: Int) -> Bool {
    guard let item = take(first: false) else { return false }
    unsafe job.pointee(item, thread)
    unsafe line.pointee.reported.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if unsafe line.pointee.isOwnerAsleep.load(ordering: .sequentiallyConsistent) {
      completion.withLock { completion.wakeAll() }
    }
    return true
  }

  var areTaken: Bool {
    unsafe Remaining(bits: line.pointee.remaining.load(ordering: .sequentiallyConsistent)).isEmpty
  }

  private func take(first: Bool) -> Int? {
    var seen = unsafe Remaining(bits: line.pointee.remaining.load(ordering: .acquiring))
    while !seen.isEmpty {
      let (taken, current) = unsafe line.pointee.remaining.weakCompareExchange(
        expected: seen.bits, desired: (first ? seen.withoutFirst : seen.withoutLast).bits,
        ordering: .acquiringAndReleasing)
      if taken { return first ? seen.first : seen.last }
      seen = Remaining(bits: current)
    }
    return nil
  }

  /// Spins for the workers' reports, then sleeps. The owner first sets `isOwnerAsleep` and then
  /// reads `reported`; a worker first changes `reported` and then reads `isOwnerAsleep`. So one of
  /// them sees the other's change.
  private func waitForReports() {
    let goal = unsafe line.pointee.goal.load(ordering: .relaxed)
    var spinning = SpinWait()
    while unsafe line.pointee.reported.load(ordering: .acquiring) != goal {
      if spinning.goesOn() { continue }
      completion.withLock {
        unsafe line.pointee.isOwnerAsleep.store(true, ordering: .sequentiallyConsistent)
        while unsafe line.pointee.reported.load(ordering: .sequentiallyConsistent) != goal {
          completion.wait()
        }
        unsafe line.pointee.isOwnerAsleep.store(false, ordering: .relaxed)
      }
    }
  }
}

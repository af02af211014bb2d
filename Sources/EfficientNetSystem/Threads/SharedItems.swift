internal import Synchronization

/// The items of one call of `forEach` at a time. Its owner, the caller, takes them from the front and workers
/// from the back, so that a thread finds in its cache what it wrote in the step before.
///
/// A forward pass shares out a hundred times. What that costs is the way of a cache line from one processor to
/// another, 40 to 170 ns each time; so all that changes hands is on one line.
struct SharedItems: ~Copyable, @unchecked Sendable {
  typealias Body = @Sendable (_ item: Int, _ thread: Int) -> Void

  /// The cache line.
  private struct Line: ~Copyable {
    /// The items that nobody has taken yet; see ``Remaining``.
    let remaining = Atomic<UInt64>(0)
    /// Items that workers have done since the pool began.
    let reported = Atomic<Int>(0)
    let isOwnerAsleep = Atomic<Bool>(false)
    let isOwned = Atomic<Bool>(false)
    /// What `reported` will be when the workers have done all they have taken; only the owner needs it.
    let goal = Atomic<Int>(0)
  }

  /// What to do with an item. Not copyable, so that calling it counts no reference up and down.
  private struct Job: ~Copyable {
    let body: Body
    borrowing func callAsFunction(_ item: Int, _ thread: Int) { body(item, thread) }
  }

  private let line: UnsafeMutablePointer<Line>
  /// On the same cache line; there while a call is under way, read only by who has taken one of its items.
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

  /// Items `begin..<end` in a word. When two calls look the same here no harm is done, since whoever takes an
  /// item reads `job` afterwards.
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

  /// Shares out `count` items, works on them as thread 0, and returns true when all are done; false if another
  /// call is under way.
  func share(count: Int, _ body: Body, whenPublished: () -> Void) -> Bool {
    precondition(1...Int(UInt32.max) ~= count, "\(count) items to share")
    guard
      unsafe line.pointee.isOwned.compareExchange(
        expected: false, desired: true, ordering: .acquiring
      ).exchanged
    else { return false }
    withoutActuallyEscaping(body) { body in
      unsafe job.initialize(to: Job(body: body))
      // The first one is taken already.
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

  /// Does an item as a worker; false if none is left.
  func help(as thread: Int) -> Bool {
    guard let item = take(first: false) else { return false }
    unsafe job.pointee(item, thread)
    unsafe line.pointee.reported.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if unsafe line.pointee.isOwnerAsleep.load(ordering: .sequentiallyConsistent) {
      completion.withLock { completion.wakeAll() }
    }
    return true
  }

  /// Whether there is nothing to do for who would help.
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

  /// Watches for the workers' reports, then sleeps: the owner says so first and then looks at `reported`, a
  /// worker the other way round.
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

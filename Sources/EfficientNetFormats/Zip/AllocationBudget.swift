internal import EfficientNetSystem

/// A limit on the memory that reading one file may allocate, so that a small file cannot demand a
/// lot.
///
/// The limit is 16 times the size of the file, since compressed weights shrink little and tensors
/// rarely share storage, but at least 64 MB. The file and its tensors together must also be in the
/// memory of the machine.
struct AllocationBudget {
  private let limit: Int
  private(set) var remaining: Int
  /// The bytes of the file, and those of ``keep(_:)`` so far.
  private var kept: Int
  private let memory: Int

  /// Creates the budget for a file of `byteCount` bytes, which are in memory.
  ///
  /// - Parameter memory: The memory of the machine in bytes.
  init(byteCount: Int, memory: Int = MachineMemory.bytes) {
    (kept, self.memory) = (byteCount, memory)
    let (scaled, overflow) = byteCount.multipliedReportingOverflow(by: 16)
    limit = overflow ? Int.max : max(64_000_000, scaled)
    remaining = limit
  }

  /// Subtracts bytes that are about to be allocated.
  ///
  /// - Throws: ``FormatError/unsupported(_:)`` if the budget has too few bytes, and
  ///   ``FormatError/noMemory(byteCount:)``.
  mutating func spend(_ byteCount: Int) throws(FormatError) {
    guard byteCount <= remaining else {
      throw .unsupported(
        "unpacks to more than \(limit.megabytes), the limit for a file of its size")
    }
    try Self.checkMemory(byteCount)
    remaining -= byteCount
  }

  /// Subtracts bytes that stay in memory with those of the file, such as a tensor's.
  ///
  /// - Throws: As ``spend(_:)``.
  mutating func keep(_ byteCount: Int) throws(FormatError) {
    try spend(byteCount)
    kept += byteCount
    guard kept <= memory else { throw .noMemory(byteCount: kept) }
  }

  /// Checks that the system has memory for an array; an array without memory would end the process.
  ///
  /// - Throws: ``FormatError/noMemory(byteCount:)``.
  static func checkMemory(_ byteCount: Int) throws(FormatError) {
    // Small arrays do not justify a system call.
    guard byteCount <= 1 << 24 || MemoryProbe.isAvailable(byteCount: byteCount) else {
      throw .noMemory(byteCount: byteCount)
    }
  }
}

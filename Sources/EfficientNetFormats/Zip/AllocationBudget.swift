internal import EfficientNetSystem

/// A limit on the memory that reading one file may allocate, so that a small file cannot demand a
/// lot.
///
/// The limit is 16 times the size of the file, since compressed weights shrink little and tensors
/// rarely share storage, but at least 64 MB.
struct AllocationBudget {
  private let limit: Int
  private(set) var remaining: Int

  init(byteCount: Int) {
    let (scaled, overflow) = byteCount.multipliedReportingOverflow(by: 16)
    limit = overflow ? Int.max : max(64 << 20, scaled)
    remaining = limit
  }

  /// Subtracts bytes that are about to be allocated.
  ///
  /// - Throws: ``FormatError/unsupported(_:)`` if the budget has too few bytes, and
  ///   ``FormatError/noMemory(byteCount:)``.
  mutating func spend(_ byteCount: Int) throws(FormatError) {
    guard byteCount <= remaining else {
      throw .unsupported(
        "unpacks to more than \(limit >> 20) MB, the limit for a file of its size")
    }
    try Self.checkMemory(byteCount)
    remaining -= byteCount
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

internal import EfficientNetSystem

/// How much memory the reading of one file may take, so that a small file cannot ask for a lot.
///
/// Compressed weights shrink little and tensors rarely share storage: 16 times the size of the file
/// is plenty, and 64 MB always is.
struct AllocationBudget {
  private let limit: Int
  private(set) var remaining: Int

  /// The budget for a file of `byteCount` bytes.
  init(byteCount: Int) {
    let (scaled, overflow) = byteCount.multipliedReportingOverflow(by: 16)
    limit = overflow ? Int.max : max(64 << 20, scaled)
    remaining = limit
  }

  /// Accounts for bytes that are about to be allocated.
  ///
  /// - Throws: ``FormatError/unsupported(_:)`` when they are too many; also if there is no memory.
  mutating func spend(_ byteCount: Int) throws(FormatError) {
    guard byteCount <= remaining else {
      throw .unsupported("unpacks to more than \(limit >> 20) MB, far more than its size justifies")
    }
    try Self.checkMemory(byteCount)
    remaining -= byteCount
  }

  /// Checks that the system has memory for an array: one that gets none would end the process.
  ///
  /// - Throws: ``FormatError/noMemory(byteCount:)``.
  static func checkMemory(_ byteCount: Int) throws(FormatError) {
    // Small arrays are not worth the question.
    guard byteCount <= 1 << 24 || MemoryProbe.isAvailable(byteCount: byteCount) else {
      throw .noMemory(byteCount: byteCount)
    }
  }
}

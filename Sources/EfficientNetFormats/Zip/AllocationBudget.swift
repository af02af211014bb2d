internal import EfficientNet
internal import EfficientNetSystem

/// How much memory the reading of one file may take, so that a small file cannot ask for a lot.
///
/// Compressed weights shrink little and tensors rarely share storage: 16 times the size of the file
/// is plenty, and 64 MB always is.
struct AllocationBudget {
  private let source: String
  private let limit: Int
  private(set) var remaining: Int

  /// The budget for a file of `byteCount` bytes.
  init(source: String, byteCount: Int) {
    self.source = source
    let (scaled, overflow) = byteCount.multipliedReportingOverflow(by: 16)
    limit = overflow ? Int.max : max(64 << 20, scaled)
    remaining = limit
  }

  /// Accounts for bytes that are about to be allocated.
  ///
  /// - Throws: ``WeightsError/unsupported(source:reason:)`` when they are too many; also if there is no memory.
  mutating func spend(_ byteCount: Int) throws(WeightsError) {
    guard byteCount <= remaining else {
      throw .unsupported(
        source: source,
        reason: "unpacks to more than \(limit >> 20) MB, far more than its size justifies")
    }
    try Self.checkMemory(byteCount, source: source)
    remaining -= byteCount
  }

  /// Checks that the system has memory for an array: one that gets none would end the process.
  ///
  /// - Throws: ``WeightsError/file(_:)``.
  static func checkMemory(_ byteCount: Int, source: String) throws(WeightsError) {
    // Small arrays are not worth the question.
    guard byteCount <= 1 << 24 || MemoryProbe.isAvailable(byteCount: byteCount) else {
      let reason = "no memory for \(byteCount >> 20) MB that it unpacks to; end other programs"
      throw .file(FileError(path: source, reason: reason))
    }
  }
}

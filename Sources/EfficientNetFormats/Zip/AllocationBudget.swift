internal import EfficientNet

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
  /// - Throws: ``WeightsError/unsupported(source:reason:)`` when they are too many.
  mutating func spend(_ byteCount: Int) throws(WeightsError) {
    guard byteCount <= remaining else {
      throw .unsupported(
        source: source,
        reason: "unpacks to more than \(limit >> 20) MB, far more than its size justifies")
    }
    remaining -= byteCount
  }
}

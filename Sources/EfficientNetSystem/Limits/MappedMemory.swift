internal import Glibc

/// A large block of zeros directly from the system, on huge pages if it has them. B0 runs 3.5 %
/// faster than on small pages, since the processor looks up fewer addresses. Pages are not written
/// before they are used.
package struct MappedMemory {
  package let base: UnsafeMutableRawPointer
  private let mapping: UnsafeMutableRawPointer
  private let byteCount: Int

  private static let page = 1 << 21
  /// The minimum size; smaller blocks come from the allocator.
  package static let leastByteCount = page

  /// Maps `byteCount` bytes; returns nil if that is below the minimum or the system refuses.
  package init?(byteCount: Int) {
    guard byteCount >= Self.leastByteCount else { return nil }
    let size = byteCount + Self.page
    guard let mapping = unsafe mapZeros(size) else { return nil }
    let skipped = -Int(bitPattern: mapping) & (Self.page - 1)
    unsafe (self.mapping, base) = (mapping, mapping + skipped)
    self.byteCount = size
    unsafe madvise(base, byteCount, MADV_HUGEPAGE)
  }

  package func unmap() { unsafe munmap(mapping, byteCount) }
}

/// Asks the system for memory before a Swift array does: an array that cannot be allocated ends the
/// process.
///
/// The pages are mapped and unmapped without being accessed. Another thread may take the memory
/// before the array is allocated; then only the size limits of each caller protect the process.
package enum MemoryProbe {
  /// Returns whether the system would provide `byteCount` bytes.
  ///
  /// An optimizer removes a malloc that is freed at once, but not a mapping.
  package static func isAvailable(byteCount: Int) -> Bool {
    guard byteCount > 0 else { return true }
    guard let memory = unsafe mapZeros(byteCount) else { return false }
    unsafe munmap(memory, byteCount)
    return true
  }
}

/// Maps zeros from the system, to be released by `munmap`; returns nil if the system refuses.
private func mapZeros(_ byteCount: Int) -> UnsafeMutableRawPointer? {
  let memory = unsafe mmap(
    nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | Int32(MAP_ANONYMOUS), -1, 0)
  return unsafe memory == MAP_FAILED ? nil : memory
}

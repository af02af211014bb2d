internal import Glibc

/// A large block of zeros straight from the system, on huge pages where it has them: B0 runs 3.5 % faster than on
/// small ones, whose addresses the processor keeps looking up, and nothing is written before it is used.
package struct MappedMemory {
  package let base: UnsafeMutableRawPointer
  private let mapping: UnsafeMutableRawPointer
  private let byteCount: Int

  /// The size of a huge page.
  private static let page = 1 << 21
  /// Less is left to the allocator.
  package static let leastByteCount = page

  /// Room for `byteCount` bytes; nil if that is little, or if the system refuses.
  package init?(byteCount: Int) {
    guard byteCount >= Self.leastByteCount else { return nil }
    let size = byteCount + Self.page
    guard
      let mapping = unsafe mmap(
        nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | Int32(MAP_ANONYMOUS), -1, 0),
      unsafe mapping != MAP_FAILED
    else { return nil }
    let skipped = -Int(bitPattern: mapping) & (Self.page - 1)
    unsafe (self.mapping, base) = (mapping, mapping + skipped)
    self.byteCount = size
    unsafe madvise(base, byteCount, MADV_HUGEPAGE)
  }

  package func unmap() { unsafe munmap(mapping, byteCount) }
}

/// A region of an `Arena`: `count` floats from `offset` on.
package struct Region: Hashable, Sendable {
  package var offset: Int
  package var count: Int

  package init(offset: Int, count: Int) {
    precondition(offset >= 0 && count >= 0, "no region: \(count) floats at \(offset)")
    (self.offset, self.count) = (offset, count)
  }

  /// Returns part `index` of consecutive parts of `count` floats each, starting at this region's
  /// offset.
  package func part(_ index: Int, of count: Int) -> Region {
    Region(offset: offset + index * count, count: count)
  }
}

/// A block of floats, aligned to cache lines, that contains all buffers of a plan.
///
/// Kernels of one step write disjoint regions from several threads. The regions of the steps keep
/// the threads apart; every call checks them against the size of the arena.
package final class Arena: @unchecked Sendable {
  /// The number of floats.
  package let count: Int
  /// The first float. Only `Kernels` uses this pointer.
  let base: UnsafeMutablePointer<Float>
  private let mapped: MappedMemory?

  /// The number of floats in a cache line. Sizes are multiples of it.
  package static let alignment = 16

  /// Returns `count` rounded up to whole cache lines.
  package static func aligned(_ count: Int) -> Int {
    (count + alignment - 1) / alignment * alignment
  }

  /// Allocates `count` floats, all zero.
  package convenience init(count: Int) {
    self.init(count: count, mapped: MappedMemory(byteCount: Self.bytes(count)))
  }

  /// Allocates `count` floats, all zero; returns nil if the system has not enough memory.
  package convenience init?(ifRoomFor count: Int) {
    let mapped = MappedMemory(byteCount: Self.bytes(count))
    if mapped == nil, Self.bytes(count) >= MappedMemory.leastByteCount { return nil }
    self.init(count: count, mapped: mapped)
  }

  private static func bytes(_ count: Int) -> Int { max(count, 1) * MemoryLayout<Float>.stride }

  private init(count: Int, mapped: MappedMemory?) {
    (self.count, self.mapped) = (count, mapped)
    let bytes = Self.bytes(count)
    let memory =
      unsafe mapped?.base ?? UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    base = unsafe memory.bindMemory(to: Float.self, capacity: count)
    if mapped == nil { unsafe base.initialize(repeating: 0, count: count) }
  }

  deinit {
    if let mapped { mapped.unmap() } else { unsafe base.deallocate() }
  }

  /// Returns the address of a region.
  func pointer(_ region: Region) -> UnsafeMutablePointer<Float> {
    precondition(
      region.offset + region.count <= count,
      "region \(region.offset) + \(region.count) is outside the arena of \(count) floats")
    return unsafe base + region.offset
  }

  /// Returns the address of a region; nil for nil.
  func optionalPointer(_ region: Region?) -> UnsafeMutablePointer<Float>? {
    region.map { unsafe pointer($0) }
  }

  /// Copies `values` to a region that is at least as large.
  package func copy(_ values: Span<Float>, to region: Region) {
    precondition(values.count <= region.count, "\(values.count) floats into \(region.count)")
    let place = pointer(region)
    unsafe values.withUnsafeBufferPointer { source in
      guard let first = source.baseAddress else { return }
      unsafe place.update(from: first, count: source.count)
    }
  }

  /// Calls `body` with the floats of a region.
  package func read<Result, Failure: Error>(
    _ region: Region, _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(Span(_unsafeStart: pointer(region), count: region.count))
  }

  /// Calls `body` with the mutable floats of a region.
  package func write<Result, Failure: Error>(
    _ region: Region, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = unsafe MutableSpan(_unsafeStart: pointer(region), count: region.count)
    return try body(&span)
  }

  /// Sets all floats of a region.
  package func fill(_ region: Region, with value: Float) {
    let place = pointer(region)
    unsafe place.update(repeating: value, count: region.count)
  }
}

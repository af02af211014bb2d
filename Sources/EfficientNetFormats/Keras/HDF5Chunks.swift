internal import EfficientNetCompute

/// The chunks that contain the elements of a data set, each at its own place and possibly
/// compressed.
struct HDF5Chunks {
  struct Block {
    var range: Range<Int>
    /// The filters that the chunk skipped: bit i for the filter of index i.
    var leftOut: Int
  }

  /// The chunks, in row-major order of their elements.
  var blocks: [Block]
  /// The number of elements of a chunk along each axis.
  var extents: [Int]
  /// The size of an unpacked chunk in bytes.
  var byteCount: Int
  /// The filters that packed the chunks, in order.
  var filters: [HDF5Filter]

  /// Moves the index of a chunk's first element to the next chunk of a tensor; returns false after
  /// the last chunk.
  static func advance(_ origin: inout [Int], by extents: [Int], in shape: [Int]) -> Bool {
    for axis in shape.indices.reversed() {
      origin[axis] += extents[axis]
      if origin[axis] < shape[axis] { return true }
      origin[axis] = 0
    }
    return false
  }

  /// Returns the unpacked bytes of a chunk, or nil if they do not have the right size.
  func unpacked(_ block: Block, of file: RawSpan, elementByteCount: Int) -> [UInt8]? {
    var bytes = file.copied(from: block.range.lowerBound, count: block.range.count)
    for (index, filter) in filters.enumerated().reversed()
    where block.leftOut >> index & 1 == 0 {
      switch filter {
      case .fletcher32:
        let count = bytes.count - 4
        guard count >= 0 else { return nil }
        let sum: UInt32 = bytes.span.bytes.littleEndian(at: count)
        bytes.removeLast(4)
        guard Self.fletcher32(bytes) == sum else { return nil }
      case .deflate:
        guard let whole = Zlib.inflate(bytes.span.bytes, .zlib, to: byteCount) else { return nil }
        bytes = whole
      case .shuffle:
        bytes = Self.unshuffled(bytes, elementByteCount: elementByteCount)
      }
    }
    return bytes.count == byteCount ? bytes : nil
  }

  /// Restores elements whose bytes were stored apart: first the first bytes of all elements, then
  /// the second ones, …
  private static func unshuffled(_ bytes: [UInt8], elementByteCount: Int) -> [UInt8] {
    let count = bytes.count / elementByteCount
    var result = bytes
    for byte in 0..<elementByteCount {
      for index in 0..<count {
        result[index * elementByteCount + byte] = bytes[byte * count + index]
      }
    }
    return result
  }

  /// Returns Fletcher's checksum of 16-bit words; the first byte of each word is the higher one.
  static func fletcher32(_ bytes: [UInt8]) -> UInt32 {
    var (first, second): (UInt32, UInt32) = (0, 0)
    func fold(_ sum: UInt32) -> UInt32 { (sum & 0xFFFF) + (sum >> 16) }
    // The sums of 360 words do not overflow.
    for start in stride(from: 0, to: bytes.count, by: 720) {
      for index in stride(from: start, to: min(start + 720, bytes.count), by: 2) {
        first += UInt32(bytes[index]) << 8
        if index + 1 < bytes.count { first += UInt32(bytes[index + 1]) }
        second += first
      }
      (first, second) = (fold(first), fold(second))
    }
    return fold(second) << 16 | fold(first)
  }
}

/// A filter that packs the bytes of chunks.
enum HDF5Filter: Int {
  case deflate = 1
  case shuffle = 2
  case fletcher32 = 3

  /// The only supported order of filters, which is that of h5py.
  static let order: [HDF5Filter] = [.shuffle, .deflate, .fletcher32]
}

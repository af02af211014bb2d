internal import EfficientNetCompute

/// The blocks that the elements of a data set lie in, each at a place of its own and perhaps compressed.
struct HDF5Chunks {
  /// A piece of the file.
  struct Block {
    /// Where it lies.
    var range: Range<Int>
    /// The filters that it did not go through: bit i for the one of index i.
    var leftOut: Int
  }

  /// The blocks, in row-major order of what they hold.
  var blocks: [Block]
  /// The elements of a block along each axis.
  var extents: [Int]
  /// The size of a block that is unpacked.
  var byteCount: Int
  /// What the blocks went through when they were written.
  var filters: [HDF5Filter]

  /// Moves the index of a block's first element on to the next block in a tensor; false behind the last one.
  static func advance(_ origin: inout [Int], by extents: [Int], in shape: [Int]) -> Bool {
    for axis in shape.indices.reversed() {
      origin[axis] += extents[axis]
      if origin[axis] < shape[axis] { return true }
      origin[axis] = 0
    }
    return false
  }

  /// The bytes that a block of the file was made of; nil if it does not unpack to its size.
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

  /// Elements of bytes that lay apart: first the first bytes of all elements, then the second ones, …
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

  /// Fletcher's checksum of 16-bit words, the first byte of each being the higher one.
  static func fletcher32(_ bytes: [UInt8]) -> UInt32 {
    var (first, second): (UInt32, UInt32) = (0, 0)
    func fold(_ sum: UInt32) -> UInt32 { (sum & 0xFFFF) + (sum >> 16) }
    // After 360 words the sums do not yet overflow.
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

/// What a chunk's bytes went through when they were written, in this order.
enum HDF5Filter: Int {
  case deflate = 1
  case shuffle = 2
  case fletcher32 = 3

  /// The only order that is read: that in which h5py lines them up.
  static let order: [HDF5Filter] = [.shuffle, .deflate, .fletcher32]
}

internal import EfficientNet
internal import EfficientNetCompute

/// The type of the numbers in an array file: all of NumPy's real types except long doubles, in
/// either byte order.
struct NumPyType: Equatable {
  /// The kind and size in bytes, in NumPy's notation.
  enum Kind: String {
    case uint8 = "u1", uint16 = "u2", uint32 = "u4", uint64 = "u8"
    case int8 = "i1", int16 = "i2", int32 = "i4", int64 = "i8"
    case float16 = "f2", float32 = "f4", float64 = "f8"

    var byteCount: Int {
      switch self {
      case .uint8, .int8: 1
      case .uint16, .int16, .float16: 2
      case .uint32, .int32, .float32: 4
      case .uint64, .int64, .float64: 8
      }
    }
  }

  let kind: Kind
  let isBigEndian: Bool

  /// Creates the type from its `descr`, such as "<f4"; nil if the type is not supported.
  init?(descr: String) {
    guard let kind = Kind(rawValue: String(descr.dropFirst())) else { return nil }
    self.kind = kind
    switch descr.first {
    case "<": isBigEndian = false
    case ">": isBigEndian = true
    case "|" where kind.byteCount == 1: isBigEndian = false
    default: return nil
    }
  }

  var byteCount: Int { kind.byteCount }

  /// Returns contiguous numbers from `offset` on, rounded to the nearest floats.
  ///
  /// - Precondition: `count` numbers lie within the bytes.
  func floats(from bytes: RawSpan, at offset: Int, count: Int) -> [Float] {
    if kind == .float32, !isBigEndian {
      return ElementType.float32.floats(from: bytes, at: offset, count: count)
    }
    return [Float](capacity: count) { output in
      for index in 0..<count {
        output.append(load(from: bytes, at: offset + index * byteCount))
      }
    }
  }

  /// Returns the number whose first byte is at `offset`, rounded to the nearest float.
  func load(from bytes: RawSpan, at offset: Int) -> Float {
    func bits<Bits: FixedWidthInteger & BitwiseCopyable>(_ type: Bits.Type) -> Bits {
      let value: Bits = bytes.littleEndian(at: offset)
      return isBigEndian ? value.byteSwapped : value
    }
    return switch kind {
    case .uint8: Float(bits(UInt8.self))
    case .uint16: Float(bits(UInt16.self))
    case .uint32: Float(bits(UInt32.self))
    case .uint64: Float(bits(UInt64.self))
    case .int8: Float(bits(Int8.self))
    case .int16: Float(bits(Int16.self))
    case .int32: Float(bits(Int32.self))
    case .int64: Float(bits(Int64.self))
    case .float16: Float(Float16(bitPattern: bits(UInt16.self)))
    case .float32: Float(bitPattern: bits(UInt32.self))
    case .float64: Float(Double(bitPattern: bits(UInt64.self)))
    }
  }
}

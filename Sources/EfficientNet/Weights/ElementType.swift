internal import EfficientNetCompute

/// A little-endian number format of elements in weight files.
///
/// All formats are converted to 32-bit floats: float16, bfloat16 and int8 exactly, float64 rounded
/// to nearest.
package enum ElementType: Hashable, Sendable {
  case float32, float16, bfloat16, float64, int8

  package var byteCount: Int {
    switch self {
    case .int8: 1
    case .float16, .bfloat16: 2
    case .float32: 4
    case .float64: 8
    }
  }

  package func load(from bytes: RawSpan, at offset: Int) -> Float {
    switch self {
    case .float32: Float(bitPattern: bytes.littleEndian(at: offset))
    case .float16: Float(Float16(bitPattern: bytes.littleEndian(at: offset)))
    case .bfloat16: Float(bitPattern: UInt32(bytes.littleEndian(UInt16.self, at: offset)) << 16)
    case .float64: Float(Double(bitPattern: bytes.littleEndian(at: offset)))
    case .int8: Float(bytes.littleEndian(Int8.self, at: offset))
    }
  }

  /// Returns `count` contiguous elements from `offset` on.
  ///
  /// - Precondition: The elements lie within the bytes.
  package func floats(from bytes: RawSpan, at offset: Int, count: Int) -> [Float] {
    // For zero elements, the standard library writes to the storage that all empty arrays share,
    // which is a data race.
    if count == 0 { return [] }
    if self == .float32 {
      let source = bytes.extracting(offset..<(offset + 4 * count))
      return unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
        unsafe source.withUnsafeBytes {
          unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0)
        }
        initializedCount = count
      }
    }
    return [Float](capacity: count) { output in
      for index in 0..<count {
        output.append(load(from: bytes, at: offset + index * byteCount))
      }
    }
  }
}

extension RawSpan {
  /// The integer whose least significant byte is at `offset`; the offset needs no alignment.
  ///
  /// - Precondition: the integer lies within the span.
  package func littleEndian<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type = Value.self, at offset: Int
  ) -> Value {
    Value(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  /// A copy of `count` bytes from `offset` on.
  ///
  /// - Precondition: the bytes lie within the span.
  package func copied(from offset: Int = 0, count: Int) -> [UInt8] {
    let part = extracting(offset..<(offset + count))
    return [UInt8](capacity: count) { output in
      for index in part.byteOffsets {
        output.append(unsafe part.unsafeLoad(fromByteOffset: index, as: UInt8.self))
      }
    }
  }
}

extension RawSpan {
  /// Returns the integer whose least significant byte is at `offset`, which needs no alignment.
  ///
  /// - Precondition: The integer lies within the span.
  package func littleEndian<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type = Value.self, at offset: Int
  ) -> Value {
    Value(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  /// Returns a copy of `count` bytes from `offset` on.
  ///
  /// - Precondition: The bytes lie within the span.
  package func copied(from offset: Int = 0, count: Int) -> [UInt8] {
    unsafe extracting(offset..<(offset + count)).withUnsafeBytes { unsafe Array($0) }
  }
}

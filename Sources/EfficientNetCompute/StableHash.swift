/// A hash that is the same in every process, unlike the standard library's: for choices and names that have to
/// last. Not for protection: who wants two texts with the same hash can find them.
package struct StableHash {
  package private(set) var value: UInt64

  package init(seed: UInt64 = 0) { value = seed }

  /// One step of SplitMix64: every bit of the result depends on every bit of both.
  package mutating func combine(_ number: UInt64) {
    var generator = SeededGenerator(seed: value ^ (number &* 0xD6E8_FEB8_6659_FD93))
    value = generator.next()
  }

  /// The bytes of the text's UTF-8 form, as ``combine(_:)`` of bytes.
  package mutating func combine(_ text: String) {
    var text = text
    text.withUTF8 { unsafe combine(UnsafeRawBufferPointer($0).bytes) }
  }

  /// Eight bytes a step, the last ones filled up with zeros, and the number of bytes.
  package mutating func combine(_ bytes: RawSpan) {
    var hash = value
    var offset = 0
    while offset + 8 <= bytes.byteCount {
      hash = (hash ^ bytes.littleEndian(UInt64.self, at: offset)) &* 0x9FB2_1C65_1E98_DF25
      hash ^= hash >> 32
      offset += 8
    }
    var rest: UInt64 = 0
    for place in offset..<bytes.byteCount {
      rest = rest << 8 | UInt64(bytes.littleEndian(UInt8.self, at: place))
    }
    value = hash ^ rest &* 0x9FB2_1C65_1E98_DF25
    combine(UInt64(bytes.byteCount))
  }
}

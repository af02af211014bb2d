/// A hash that is equal in every process, unlike the standard library's: for choices and names that
/// must not change. It gives no protection: collisions are easy to construct.
package struct StableHash {
  package private(set) var value: UInt64

  package init(seed: UInt64 = 0) { value = seed }

  /// Combines a number into the hash by one step of SplitMix64: every bit of the result depends on
  /// every bit of both.
  package mutating func combine(_ number: UInt64) {
    var generator = SeededGenerator(seed: value ^ (number &* 0xD6E8_FEB8_6659_FD93))
    value = generator.next()
  }

  /// Combines the bytes of the text's UTF-8 form into the hash.
  package mutating func combine(_ text: String) {
    var text = text
    text.withUTF8 { unsafe combine(UnsafeRawBufferPointer($0).bytes) }
  }

  /// Combines bytes into the hash: eight bytes per step, the last ones padded with zeros, then the
  /// number of bytes.
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

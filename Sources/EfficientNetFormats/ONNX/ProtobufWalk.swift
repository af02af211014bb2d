internal import EfficientNetCompute

/// A walk over the fields of a protobuf message, and of the messages in it that ``messages`` names.
///
/// Source: [Protocol Buffers: Encoding](https://protobuf.dev/programming-guides/encoding/).
struct ProtobufWalk {
  enum Value {
    case integer(Int)
    /// The place in the file of a string, a message or packed integers.
    case bytes(Range<Int>)
    /// The place in the file of a number of 4 or 8 bytes.
    case fixed(Range<Int>)
  }

  /// The messages to enter, each as the field numbers on the way to it.
  let messages: Set<[Int]>

  /// Calls `visit` with each field: first a message, then the fields in it.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the file.
  ///   - range: The place of the message.
  ///   - path: The field numbers on the way to the message.
  /// - Throws: ``FormatError/damaged(_:)`` and the errors of `visit`.
  func run(
    _ bytes: RawSpan, in range: Range<Int>, path: [Int] = [],
    visit: (_ path: [Int], Value) throws(FormatError) -> Void
  ) throws(FormatError) {
    var place = range.lowerBound
    func skip(_ count: UInt64) throws(FormatError) -> Range<Int> {
      guard count <= UInt64(range.upperBound - place) else {
        throw .damaged("a field has \(count) bytes, but \(range.upperBound - place) are left")
      }
      defer { place += Int(count) }
      return place..<(place + Int(count))
    }
    while place < range.upperBound {
      let key = try Self.varint(bytes, at: &place, before: range.upperBound)
      let field = path + [Int(key >> 3)]
      switch key & 7 {
      case 0:
        let value = try Self.varint(bytes, at: &place, before: range.upperBound)
        try visit(field, .integer(Int(truncatingIfNeeded: value)))
      case 1, 5:
        try visit(field, .fixed(try skip(key & 7 == 1 ? 8 : 4)))
      case 2:
        let value = try skip(try Self.varint(bytes, at: &place, before: range.upperBound))
        try visit(field, .bytes(value))
        if messages.contains(field) { try run(bytes, in: value, path: field, visit: visit) }
      default: throw .damaged("a field has an unknown layout, \(key & 7)")
      }
    }
  }

  /// Returns integers that are stored together.
  static func varints(_ bytes: RawSpan, in range: Range<Int>) throws(FormatError) -> [Int] {
    var (place, values) = (range.lowerBound, [Int]())
    while place < range.upperBound {
      values.append(
        Int(truncatingIfNeeded: try varint(bytes, at: &place, before: range.upperBound)))
    }
    return values
  }

  /// Returns the integer at `place`, in groups of seven bits, the lowest first, and moves `place`
  /// past it.
  ///
  /// - Throws: ``FormatError/damaged(_:)`` if it does not end before `end`.
  static func varint(
    _ bytes: RawSpan, at place: inout Int, before end: Int
  ) throws(FormatError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) where place < end {
      let byte = bytes.littleEndian(UInt8.self, at: place)
      place += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw .damaged("an integer does not end")
  }
}

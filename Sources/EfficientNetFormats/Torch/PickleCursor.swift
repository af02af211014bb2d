internal import EfficientNet
internal import EfficientNetCompute

/// A place in a pickle's bytes. Reading past their end is an error, never a trap.
struct PickleCursor {
  let source: String
  private(set) var offset: Int

  init(source: String, offset: Int) {
    (self.source, self.offset) = (source, offset)
  }

  /// Moves over `count` bytes and returns where they start.
  private mutating func take(_ count: Int, in bytes: RawSpan) throws(WeightsError) -> Int {
    guard count >= 0, count <= bytes.byteCount - offset else {
      throw .damaged(source: source, reason: "its pickle ends too early")
    }
    defer { offset += count }
    return offset
  }

  /// The next byte.
  mutating func byte(in bytes: RawSpan) throws(WeightsError) -> UInt8 {
    bytes.littleEndian(at: try take(1, in: bytes))
  }

  /// The next little-endian integer.
  mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type, in bytes: RawSpan
  ) throws(WeightsError) -> Value {
    bytes.littleEndian(at: try take(MemoryLayout<Value>.size, in: bytes))
  }

  /// The next double, which pickles store with the most significant byte first.
  mutating func bigEndianDouble(in bytes: RawSpan) throws(WeightsError) -> Double {
    Double(bitPattern: try integer(UInt64.self, in: bytes).byteSwapped)
  }

  /// Bytes after their number.
  mutating func bytes<Length: FixedWidthInteger & BitwiseCopyable>(
    lengthAs type: Length.Type, in bytes: RawSpan
  ) throws(WeightsError) -> [UInt8] {
    let length = Int(clamping: try integer(Length.self, in: bytes))
    return bytes.copied(from: try take(length, in: bytes), count: length)
  }

  /// A UTF-8 string after the number of its bytes.
  mutating func string<Length: FixedWidthInteger & BitwiseCopyable>(
    lengthAs type: Length.Type, in bytes: RawSpan
  ) throws(WeightsError) -> String {
    try text(try self.bytes(lengthAs: type, in: bytes))
  }

  /// A two's complement integer after the number of its bytes.
  mutating func longInteger<Length: FixedWidthInteger & BitwiseCopyable>(
    lengthAs type: Length.Type, in bytes: RawSpan
  ) throws(WeightsError) -> PickleValue {
    let digits = try self.bytes(lengthAs: type, in: bytes)
    guard digits.count <= 8 else { return .longInteger(digits) }
    let isNegative = digits.last.map { $0 >= 0x80 } ?? false
    return .int(digits.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
  }

  /// The text up to the next line break, which is skipped.
  mutating func line(in bytes: RawSpan) throws(WeightsError) -> String {
    var characters: [UInt8] = []
    while true {
      let next = try byte(in: bytes)
      if next == UInt8(ascii: "\n") { return try text(characters) }
      characters.append(next)
    }
  }

  private func text(_ bytes: [UInt8]) throws(WeightsError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .damaged(source: source, reason: "its pickle has a string that is not UTF-8")
    }
    return text
  }
}

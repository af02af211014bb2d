internal import EfficientNetCompute

/// The bytes of an HDF5 file, little-endian, with checked access.
struct HDF5Bytes {
  private let file: [UInt8]

  init(_ file: [UInt8]) { self.file = file }

  var count: Int { file.count }

  private func bytes(_ range: Range<Int>) -> ArraySlice<UInt8> { file[range] }

  /// Returns the range of `length` bytes from `offset` on.
  ///
  /// - Throws: ``FormatError/damaged(_:)`` if the file ends before.
  func range(_ offset: Int, _ length: Int) throws(FormatError) -> Range<Int> {
    guard offset >= 0, length >= 0, offset <= count, length <= count - offset else {
      throw .damaged(
        "\(length) bytes at \(offset) are outside the file of \(count) bytes; "
          + "copy or download it again")
    }
    return offset..<(offset + length)
  }

  /// Returns the unsigned number of `width` bytes at `offset`.
  func number(_ offset: Int, _ width: Int) throws(FormatError) -> Int {
    var value: UInt64 = 0
    for byte in bytes(try range(offset, width)).reversed() { value = value << 8 | UInt64(byte) }
    guard let number = Int(exactly: value) else {
      throw .damaged("the number \(value) at byte \(offset) is too large")
    }
    return number
  }

  /// Returns the address at `offset`, or nil if it is the undefined address.
  func address(_ offset: Int) throws(FormatError) -> Int? {
    if bytes(try range(offset, 8)).allSatisfy({ $0 == 0xFF }) { return nil }
    return try number(offset, 8)
  }

  func expect(_ expected: String, at offset: Int) throws(FormatError) {
    guard bytes(try range(offset, expected.utf8.count)).elementsEqual(expected.utf8) else {
      throw .damaged("there is no \(expected) at byte \(offset)")
    }
  }

  /// Returns the text in a range, up to the first zero byte.
  func text(_ range: Range<Int>) -> String {
    String(decoding: bytes(range).prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Returns the name from `offset` on: at most 1,000 bytes of UTF-8, and a zero byte before `end`.
  func name(_ offset: Int, before end: Int) throws(FormatError) -> String {
    let bytes = bytes(try range(offset, min(end - offset, 1001)))
    guard let end = bytes.firstIndex(of: 0) else {
      throw .damaged("a name at byte \(offset) does not end")
    }
    guard let name = String(validating: bytes[..<end], as: UTF8.self) else {
      throw .damaged("a name at byte \(offset) is not UTF-8")
    }
    return name
  }

  /// Calls `body` with the whole file.
  func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(file.span.bytes)
  }
}

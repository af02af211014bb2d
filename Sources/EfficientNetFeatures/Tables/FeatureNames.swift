internal import EfficientNetCompute

/// The names of a table's rows, in memory or in a mapped file, where each is made when it is asked for.
public struct FeatureNames: RandomAccessCollection, Sendable {
  /// The first row.
  public var startIndex: Int { 0 }
  /// The number of names.
  public let endIndex: Int
  private let name: @Sendable (_ row: Int) -> String

  /// `count` names; `name` makes one when it is asked for.
  init(count: Int, _ name: @escaping @Sendable (_ row: Int) -> String) {
    (endIndex, self.name) = (count, name)
  }

  /// Names in memory.
  public init(_ names: [String]) { self.init(count: names.count) { names[$0] } }

  /// Names as NumPy stores them, from a byte of a file on: every name has `width` characters of 32 bits, the last ones zero.
  init(file: MappedFile, byteOffset: Int, count: Int, width: Int) {
    precondition(
      width == 0 || count <= (file.count - byteOffset) / (4 * width),
      "\(count) names of \(width) characters from byte \(byteOffset) of \(file.count)")
    self.init(count: count) { row in
      file.withBytes { bytes in
        var name = String.UnicodeScalarView()
        for place in 0..<width {
          let code = bytes.littleEndian(UInt32.self, at: byteOffset + 4 * (row * width + place))
          // Zeros fill names up; one may also be part of a name, but no file has it in its own.
          if code == 0 { break }
          name.append(Unicode.Scalar(code) ?? "\u{FFFD}")
        }
        return String(name)
      }
    }
  }

  /// Names in UTF-8, each followed by a line break; nil if their ends do not lie in the text in ascending order.
  ///
  /// - Parameters:
  ///   - text: The bytes of the text in the file.
  ///   - ends: The first byte of the 64-bit numbers that say where names end in the text.
  init?(file: MappedFile, text: Range<Int>, ends: Int, count: Int) {
    let isValid = file.withBytes { bytes in
      var begin = 0
      for index in 0..<count {
        let end = bytes.littleEndian(Int64.self, at: ends + 8 * index)
        guard end >= begin, end < text.count else { return false }
        begin = Int(end) + 1
      }
      return begin == text.count
    }
    guard isValid else { return nil }
    self.init(count: count) { row in
      file.withBytes { bytes in
        func end(_ row: Int) -> Int { Int(bytes.littleEndian(Int64.self, at: ends + 8 * row)) }
        let begin = row == 0 ? 0 : end(row - 1) + 1
        return String(
          decoding: bytes.copied(from: text.lowerBound + begin, count: end(row) - begin),
          as: UTF8.self)
      }
    }
  }

  /// The name of a row.
  public subscript(row: Int) -> String {
    precondition(indices.contains(row), "row \(row) of \(count)")
    return name(row)
  }
}

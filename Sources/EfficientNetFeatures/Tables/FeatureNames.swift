internal import EfficientNetCompute

/// The names of a table's rows, in memory or in a memory-mapped file. A name is decoded when it is
/// accessed.
public struct FeatureNames: RandomAccessCollection, Sendable {
  /// The index of the first row.
  public var startIndex: Int { 0 }
  /// The number of names.
  public let endIndex: Int
  private let name: @Sendable (_ row: Int) -> String

  /// Creates `count` names that `name` makes on access.
  init(count: Int, _ name: @escaping @Sendable (_ row: Int) -> String) {
    (endIndex, self.name) = (count, name)
  }

  /// Creates names in memory.
  ///
  /// - Parameter names: The names.
  public init(_ names: [String]) { self.init(count: names.count) { names[$0] } }

  /// Creates names in NumPy's format: `width` 32-bit characters each, padded with zeros, from a
  /// byte offset of a file on.
  init(file: MappedFile, byteOffset: Int, count: Int, width: Int) {
    precondition(
      width == 0 || count <= (file.count - byteOffset) / (4 * width),
      "\(count) names of \(width) characters from byte \(byteOffset) of \(file.count)")
    self.init(count: count) { row in
      file.withBytes { bytes in
        var name = String.UnicodeScalarView()
        for place in 0..<width {
          let code = bytes.littleEndian(UInt32.self, at: byteOffset + 4 * (row * width + place))
          // Zeros are padding. A name could contain one, but no file name does.
          if code == 0 { break }
          name.append(Unicode.Scalar(code) ?? "\u{FFFD}")
        }
        return String(name)
      }
    }
  }

  /// Creates names in UTF-8, each followed by a line break. Returns nil unless their ends lie in
  /// the text in ascending order.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - text: The byte range of the text in the file.
  ///   - ends: The byte offset of the 64-bit ends of the names.
  ///   - count: The number of names.
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
  ///
  /// - Parameter row: The index of the row.
  /// - Precondition: `row` is at least 0 and below `count`.
  public subscript(row: Int) -> String {
    require(0..<count ~= row, "row is \(row); it must be at least 0 and below \(count)")
    return name(row)
  }
}

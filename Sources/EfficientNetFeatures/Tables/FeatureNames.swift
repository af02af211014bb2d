internal import EfficientNetCompute

/// The names of a table's rows, in memory or in a mapped file, where each is made when it is asked for.
public struct FeatureNames: RandomAccessCollection, Sendable {
  private let storage: Storage

  private enum Storage: Sendable {
    case list([String])
    /// As NumPy stores text: every name has `width` characters of 32 bits, the last ones zero.
    case fixedWidth(MappedFile, byteOffset: Int, count: Int, width: Int)
    /// UTF-8 text and, as 64-bit numbers, where the names in it end. A byte lies between two of them.
    case text(MappedFile, byteOffset: Int, ends: Int, count: Int)
    /// Their numbers.
    case numbers(Int)
  }

  /// Names in memory.
  public init(_ names: [String]) { storage = .list(names) }

  /// "0", "1", … for rows without names.
  init(count: Int) { storage = .numbers(count) }

  /// Names as NumPy stores them, from a byte of a file on.
  init(file: MappedFile, byteOffset: Int, count: Int, width: Int) {
    precondition(
      width == 0 || count <= (file.count - byteOffset) / (4 * width),
      "\(count) names of \(width) characters from byte \(byteOffset) of \(file.count)")
    storage = .fixedWidth(file, byteOffset: byteOffset, count: count, width: width)
  }

  /// Names in UTF-8, each followed by a line break; nil if their ends do not lie in the text in ascending order.
  ///
  /// - Parameters:
  ///   - text: The bytes of the text in the file.
  ///   - ends: The first byte of the numbers.
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
    storage = .text(file, byteOffset: text.lowerBound, ends: ends, count: count)
  }

  /// The first row.
  public var startIndex: Int { 0 }

  /// The number of names.
  public var endIndex: Int {
    switch storage {
    case .list(let names): names.count
    case .fixedWidth(_, _, let count, _), .text(_, _, _, let count), .numbers(let count): count
    }
  }

  /// The name of a row.
  public subscript(row: Int) -> String {
    precondition(indices.contains(row), "row \(row) of \(count)")
    switch storage {
    case .list(let names): return names[row]
    case .numbers: return "\(row)"
    case .fixedWidth(let file, let byteOffset, _, let width):
      return file.withBytes { bytes in
        var name = String.UnicodeScalarView()
        for place in 0..<width {
          let code = bytes.littleEndian(UInt32.self, at: byteOffset + 4 * (row * width + place))
          // Zeros fill names up; one may also be part of a name, but no file has it in its own.
          if code == 0 { break }
          name.append(Unicode.Scalar(code) ?? "\u{FFFD}")
        }
        return String(name)
      }
    case .text(let file, let byteOffset, let ends, _):
      return file.withBytes { bytes in
        let begin =
          row == 0 ? 0 : Int(bytes.littleEndian(Int64.self, at: ends + 8 * (row - 1))) + 1
        let end = Int(bytes.littleEndian(Int64.self, at: ends + 8 * row))
        return String(
          decoding: bytes.copied(from: byteOffset + begin, count: end - begin), as: UTF8.self)
      }
    }
  }
}

internal import EfficientNetCompute

/// The names of a table's rows. Those of a file are in memory as UTF-8; a name is decoded when it
/// is accessed.
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

  /// Creates names of UTF-8 bytes one after the other, the first of which ends at `ends[0]`.
  private init(_ text: [UInt8], ends: [Int]) {
    self.init(count: ends.count) { row in
      String(decoding: text[(row == 0 ? 0 : ends[row - 1])..<ends[row]], as: UTF8.self)
    }
  }

  /// The number of bytes of a file that are read at a time.
  private static let blockBytes = 1 << 20

  /// Reads names in NumPy's format: `width` 32-bit characters each, padded with zeros, from a byte
  /// offset of a file on.
  ///
  /// - Throws: `FileError`, also if there is too little memory.
  init(file: OpenFile, byteOffset: Int, count: Int, width: Int) throws(FileError) {
    precondition(
      width == 0 || count <= (file.count - byteOffset) / (4 * width),
      "\(count) names of \(width) characters from byte \(byteOffset) of \(file.count)")
    if width == 0 {
      self.init(count: count) { _ in "" }
      return
    }
    guard count <= 1 << 20 || MemoryProbe.isAvailable(byteCount: 8 * count) else {
      throw FileError(path: file.path, reason: "not enough memory for its \(count) names")
    }
    var (text, ends) = ([UInt8](), [Int]())
    ends.reserveCapacity(count)
    let rows = Swift.max(1, Self.blockBytes / (4 * width))
    for first in stride(from: 0, to: count, by: rows) {
      let block = first..<Swift.min(first + rows, count)
      let start = byteOffset + 4 * width * first
      let bytes = try file.read(start..<(start + 4 * width * block.count))
      for row in 0..<block.count {
        for place in 0..<width {
          let code = bytes.span.bytes.littleEndian(UInt32.self, at: 4 * (row * width + place))
          // Zeros are padding. A name could contain one, but no file name does.
          if code == 0 { break }
          text.append(contentsOf: (Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
        }
        ends.append(text.count)
      }
    }
    self.init(text, ends: ends)
  }

  /// Reads names in UTF-8, each followed by a line break. Returns nil unless their ends lie in the
  /// text in ascending order.
  ///
  /// - Parameters:
  ///   - text: The byte range of the text in the file.
  ///   - ends: The byte offset of the 64-bit ends of the names.
  ///   - count: The number of names.
  /// - Throws: `FileError`, also if there is too little memory.
  init?(file: OpenFile, text: Range<Int>, ends: Int, count: Int) throws(FileError) {
    let bytes = try file.read(ends..<(ends + 8 * count))
    let ends = (0..<count).map { Int(bytes.span.bytes.littleEndian(Int64.self, at: 8 * $0)) }
    var begin = 0
    for end in ends {
      guard end >= begin, end < text.count else { return nil }
      begin = end + 1
    }
    guard begin == text.count else { return nil }
    let text = try file.read(text)
    self.init(count: count) { row in
      let begin = row == 0 ? 0 : ends[row - 1] + 1
      return String(decoding: text[begin..<ends[row]], as: UTF8.self)
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

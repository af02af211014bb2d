/// Reads the records of a table with comma-separated fields.
///
/// Source: [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180). Quoted fields may contain commas,
/// line ends and doubled quotation marks. White space around unquoted fields and empty lines are
/// ignored.
struct CSVReader {
  private let bytes: [UInt8]
  private var place = 0
  /// The current line, from 1.
  private var nextLine = 1
  /// The first line of the last record.
  private(set) var line = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // Some editors write a byte order mark.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
  }

  /// Returns the next record, or nil after the last.
  ///
  /// - Throws: A `Complaint` about the line ``line``.
  mutating func next() throws(Complaint) -> [String]? {
    while place < bytes.count {
      line = nextLine
      var fields: [String] = []
      var isFirst = true
      while isFirst || take(UInt8(ascii: ",")) {
        isFirst = false
        fields.append(try field())
      }
      let isEnded = takeLineEnd() || place == bytes.count
      guard isEnded else { throw Complaint(reason: "there is text after a closing quotation mark") }
      if fields != [""] { return fields }
    }
    return nil
  }

  private mutating func field() throws(Complaint) -> String {
    while take(UInt8(ascii: " ")) || take(UInt8(ascii: "\t")) {}
    var content: [UInt8] = []
    if take(UInt8(ascii: "\"")) {
      while true {
        guard place < bytes.count else { throw Complaint(reason: "a quotation mark is not closed") }
        let byte = bytes[place]
        place += 1
        if byte == UInt8(ascii: "\n") { nextLine += 1 }
        if byte == UInt8(ascii: "\""), !take(UInt8(ascii: "\"")) { break }
        content.append(byte)
      }
      while take(UInt8(ascii: " ")) || take(UInt8(ascii: "\t")) {}
    } else {
      while place < bytes.count, !",\r\n".utf8.contains(bytes[place]) {
        content.append(bytes[place])
        place += 1
      }
      while let last = content.last, " \t".utf8.contains(last) { content.removeLast() }
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw Complaint(reason: "there is text that is not UTF-8; save the table as UTF-8")
    }
    return text
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard place < bytes.count, bytes[place] == byte else { return false }
    place += 1
    return true
  }

  /// Takes a line feed, a carriage return, or both.
  private mutating func takeLineEnd() -> Bool {
    let hasReturn = take(UInt8(ascii: "\r"))
    guard take(UInt8(ascii: "\n")) || hasReturn else { return false }
    nextLine += 1
    return true
  }
}

/// The fields that pax writes before a member: lines of "LENGTH KEY=VALUE".
///
/// Source:
/// [POSIX.1-2017, pax](https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html),
/// "pax Extended Header".
struct PaxFields {
  var path: [UInt8]?
  var linkPath: [UInt8]?
  var count: Int?
  /// Whether the member is a sparse file; GNU tar stores only the data between its holes.
  var isSparse = false

  init() {}

  init(_ bytes: [UInt8]) throws(Complaint) {
    var rest = bytes[...]
    // Some programs pad with zeros.
    while let first = rest.first, first != 0 {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard digits.count <= 9, let length = Int(String(decoding: digits, as: UTF8.self)),
        length > digits.count + 1, length <= rest.count,
        rest[digits.endIndex] == UInt8(ascii: " "),
        rest[rest.startIndex + length - 1] == UInt8(ascii: "\n")
      else { throw Complaint(reason: "the extended header (pax) is damaged") }
      let line = rest[(digits.endIndex + 1)..<(rest.startIndex + length - 1)]
      rest = rest.dropFirst(length)
      guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
        throw Complaint(reason: "the extended header (pax) has a field without a value")
      }
      try set(
        String(decoding: line[..<equals], as: UTF8.self), Array(line[line.index(after: equals)...]))
    }
  }

  private mutating func set(_ key: String, _ value: [UInt8]) throws(Complaint) {
    switch key {
    case "path": path = value
    case "linkpath": linkPath = value
    case "size":
      guard let size = Int(String(decoding: value, as: UTF8.self)), size >= 0 else {
        throw Complaint(reason: "the extended header (pax) has a size that is not a number")
      }
      count = size
    default:
      // Other keys are times, owners and notes of other programs.
      if key.hasPrefix("GNU.sparse.") { isSparse = true }
    }
  }
}

internal import FoundationEssentials

/// A label next to a photo in an archive: `0042.cls`, `0042.txt` or `0042.json` for `0042.jpg`.
///
/// Source: [WebDataset](https://github.com/webdataset/webdataset): the members of a sample share
/// their name up to the first dot of its last part.
enum ArchiveLabel: String {
  // In order of preference.
  /// The number of the class, or its name.
  case cls
  /// The name of the class.
  case txt
  /// An object with a number or a name under "label", "class" or "cls".
  case json

  var mostBytes: Int { self == .json ? 1 << 20 : 1 << 10 }

  func parse(_ bytes: [UInt8]) throws(Complaint) -> Parsed {
    var label: Parsed
    switch self {
    case .cls, .txt:
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw Complaint(reason: "the label is not UTF-8 text")
      }
      label = Parsed(name: text)
      if self == .cls, let number = UInt(label.text) { label = Parsed(number: number) }
    case .json:
      guard let object = try? JSONDecoder().decode(Document.self, from: Data(bytes)),
        let value = object.label ?? object.class ?? object.cls
      else {
        throw Complaint(
          reason:
            "the label must be a JSON object with a number or a text as \"label\", \"class\" or \"cls\""
        )
      }
      label = value
    }
    if label.text.isEmpty { throw Complaint(reason: "the label is empty") }
    return label
  }

  /// The name or the number of a class.
  struct Parsed: Equatable, Decodable {
    var text: String
    var isNumber: Bool

    init(number: UInt) { (text, isNumber) = (String(number), true) }

    init(name: String) { (text, isNumber) = (String(name.trimmingSpaces), false) }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(UInt.self) {
        self.init(number: number)
      } else {
        self.init(name: try container.decode(String.self))
      }
    }
  }

  private struct Document: Decodable {
    var label: Parsed?
    var `class`: Parsed?
    var cls: Parsed?
  }
}

extension String {
  /// The text without leading and trailing white space.
  fileprivate var trimmingSpaces: Substring {
    let start = drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start }
    return start[...last]
  }
}

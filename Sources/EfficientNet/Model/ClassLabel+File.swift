package import EfficientNetSystem

extension ClassLabel {
  /// Reads labels from a text file or a pipe: one class per line, in the order of the network's
  /// outputs.
  ///
  /// A line is a name, or several fields separated by tabs. The last field is the name; a field
  /// such as "n01440764" is the identifier in WordNet. Empty lines at the end are ignored.
  ///
  /// - Throws: `LabelsError` if the file cannot be read, is not UTF-8 or has an empty line.
  package static func read(path: String) throws(LabelsError) -> [ClassLabel] {
    let bytes: [UInt8]
    do {
      bytes = try FileContents.read(fileOrPipe: path, limit: 1 << 26)
    } catch {
      throw .file(error)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(path: path) }
    // Some editors write a byte order mark at the start.
    return try parse(text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text, source: path)
  }

  /// Parses the text of a label file; `source` is the file's name in error messages.
  static func parse(_ text: String, source: String) throws(LabelsError) -> [ClassLabel] {
    // Swift reads a carriage return with a line feed as one character.
    var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    while let last = lines.last, last.allSatisfy(\.isWhitespace) { lines.removeLast() }
    var labels: [ClassLabel] = []
    labels.reserveCapacity(lines.count)
    for (index, line) in lines.enumerated() {
      let fields = line.split(separator: "\t").map { String($0) }
      guard let name = fields.last, !name.allSatisfy(\.isWhitespace) else {
        throw .emptyLine(path: source, line: index + 1)
      }
      labels.append(
        ClassLabel(name: name, wnid: fields.dropLast().first(where: isWordNetIdentifier)))
    }
    return labels
  }

  /// Returns whether `text` is "n" followed by eight digits.
  private static func isWordNetIdentifier(_ text: String) -> Bool {
    text.utf8.count == 9 && text.first == "n" && String(text.dropFirst()).isDecimalNumber
  }
}

package enum LabelsError: LibraryError {
  case file(FileError)
  case notText(path: String)
  case emptyLine(path: String, line: Int)
  /// The number of labels differs from the network's number of outputs.
  case count(path: String, found: Int, expected: Int)

  package var kind: String { "labels" }

  package var description: String {
    switch self {
    case .file(let error): error.description
    case .notText(let path): "\(path) is not a text file in UTF-8; it should have one label a line"
    case .emptyLine(let path, let line): "\(path): line \(line) has no label"
    case .count(let path, let found, let expected):
      "\(path) has \(found) labels, the network has \(expected) classes"
    }
  }
}

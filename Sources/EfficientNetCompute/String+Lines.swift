extension String {
  /// The text with "?" in place of line breaks and other control characters, so that a hostile file
  /// name neither breaks a line nor controls the terminal.
  package var oneLine: String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: true
      default: false
      }
    }
    guard unicodeScalars.contains(where: isControl) else { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars { result.append(isControl(scalar) ? "?" : scalar) }
    return String(result)
  }

  /// The text as a CSV field, in quotation marks if it needs them.
  ///
  /// Source: [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180).
  package var csvField: String {
    guard utf8.contains(where: { ",\"\n\r".utf8.contains($0) }) else { return self }
    return "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }
}

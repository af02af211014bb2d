extension String {
  /// The text as a field of a table with commas: in quotation marks where it needs them.
  ///
  /// Source: [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180).
  package var csvField: String {
    guard utf8.contains(where: { ",\"\n\r".utf8.contains($0) }) else { return self }
    return "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }
}

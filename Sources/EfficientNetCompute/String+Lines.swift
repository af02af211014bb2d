internal import EfficientNetSystem

extension String {
  /// The text with "?" in place of line breaks and other control characters, so that a hostile file
  /// name neither breaks a line nor controls the terminal nor turns the text around it.
  package var oneLine: String {
    guard unicodeScalars.contains(where: \.isControl) else { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars { result.append(scalar.isControl ? "?" : scalar) }
    return String(result)
  }

  /// Returns the text, with "…" in place of its middle if it has more than `limit` scalars. The
  /// beginning and the end distinguish most names.
  package func shortened(to limit: Int) -> String {
    // Stop after `limit` scalars instead of counting all of a long text.
    guard unicodeScalars.dropFirst(limit).first != nil else { return self }
    let end = limit / 3
    var result = String.UnicodeScalarView(unicodeScalars.prefix(limit - 1 - end))
    result.append("…")
    result.append(contentsOf: unicodeScalars.suffix(end))
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

  /// The text as one word of a shell's command, in quotation marks if it needs them. Control
  /// characters become `$'\033'`, which bash, zsh and POSIX 2024 understand.
  package var shellWord: String {
    if unicodeScalars.contains(where: \.isControl) {
      var quoted = ""
      for scalar in unicodeScalars {
        if scalar.isControl {
          for byte in String(scalar).utf8 {
            let octal = String(byte, radix: 8)
            quoted += "\\" + String(repeating: "0", count: 3 - octal.count) + octal
          }
        } else {
          quoted += (scalar == "'" || scalar == "\\" ? "\\" : "") + String(scalar)
        }
      }
      return "$'\(quoted)'"
    }
    let isPlain = utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-_./,:=+@%".utf8.contains(byte)
    }
    guard !isPlain || isEmpty else { return self }
    // By bytes: a combining character after a quotation mark would hide the mark.
    var quoted = Array("'".utf8)
    for byte in utf8 { quoted += byte == UInt8(ascii: "'") ? Array("'\\''".utf8) : [byte] }
    return String(decoding: quoted, as: UTF8.self) + "'"
  }
}

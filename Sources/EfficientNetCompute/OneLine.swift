extension String {
  /// The text with a "?" for every line break and other control character, so that a hostile file name
  /// neither breaks a line nor reaches the terminal.
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
}

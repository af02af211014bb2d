extension Unicode.Scalar {
  /// Whether the scalar may break a line, control a terminal, or change the direction of the text
  /// around it: after U+202E, "gpj.exe" is shown as "exe.jpg".
  package var isControl: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: properties.isBidiControl
    }
  }
}

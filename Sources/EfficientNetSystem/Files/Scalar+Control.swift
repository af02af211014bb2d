extension Unicode.Scalar {
  /// Whether the scalar may break a line or control a terminal.
  package var isControl: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}

import FoundationEssentials

/// A value as JSON, its fields by name.
///
/// - Parameters:
///   - isPretty: Whether it has many lines, or one.
///   - keepsKeys: Whether names of fields stay as they are, as for networks, which are read again; otherwise they are in
///     snake case.
func jsonText(
  _ value: some Encodable, isPretty: Bool = false,
  keepsKeys: Bool = false
) throws -> String {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = keepsKeys ? .useDefaultKeys : .convertToSnakeCase
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

extension StandardOutput {
  /// Prints a value as ``jsonText(_:isPretty:keepsKeys:)``.
  static func print(
    json value: some Encodable, isPretty: Bool = false,
    keepsKeys: Bool = false
  ) throws {
    try print(jsonText(value, isPretty: isPretty, keepsKeys: keepsKeys))
  }
}

import EfficientNet

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
  try encodedJSON(value, isPretty: isPretty, isSnakeCase: !keepsKeys)
}

/// A JSON object that is written where it is printed: `["run": path, "best": best]`. Fields that are nil are left out.
struct JSONObject: Encodable, ExpressibleByDictionaryLiteral {
  private let fields: [(name: String, value: (any Encodable)?)]

  init(dictionaryLiteral fields: (String, (any Encodable)?)...) { self.fields = fields }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnyKey.self)
    for case (let name, let value?) in fields {
      try container.encode(value, forKey: AnyKey(stringValue: name))
    }
  }
}

extension StandardOutput {
  /// Prints a value as ``jsonText(_:isPretty:keepsKeys:)``.
  static func print(
    json value: some Encodable, isPretty: Bool = false,
    keepsKeys: Bool = false
  ) throws {
    try print(jsonText(value, isPretty: isPretty, keepsKeys: keepsKeys))
  }

  /// Prints an object in one line.
  static func print(object: JSONObject) throws { try print(json: object) }
}

import EfficientNet
import EfficientNetImages

/// Returns a value as JSON, with its keys sorted.
///
/// - Parameters:
///   - isPretty: Whether the JSON has several indented lines, or one.
///   - keepsKeys: Whether keys are unchanged, as in networks, which are read again, or in snake
///     case.
func jsonText(
  _ value: some Encodable, isPretty: Bool = false,
  keepsKeys: Bool = false
) throws -> String {
  try encodedJSON(value, isPretty: isPretty, isSnakeCase: !keepsKeys)
}

/// A JSON object as a literal: `["run": path, "best": best]`. Fields that are nil are left out.
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

extension JSONObject {
  /// Describes a photo without a result: its path, the error and the kind of the error.
  init(path: String, error: any Error) {
    self = ["path": path, "error": "\(error)", "kind": error.kind]
  }
}

extension StandardOutput {
  static func print(
    json value: some Encodable, isPretty: Bool = false,
    keepsKeys: Bool = false
  ) throws {
    try print(jsonText(value, isPretty: isPretty, keepsKeys: keepsKeys))
  }

  static func print(object: JSONObject) throws { try print(json: object) }
}

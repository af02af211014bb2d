/// A problem in JSON or in one of its fields, worded for an error message.
package struct FieldError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

extension DecodingError {
  /// An error with a text for messages; see `summary`.
  package static func field(_ complaint: String, at path: [any CodingKey] = []) -> DecodingError {
    .dataCorrupted(
      Context(
        codingPath: path, debugDescription: complaint, underlyingError: FieldError(complaint)))
  }
}

extension Decoder {
  /// Returns the fields of a JSON object and refuses unknown ones, so that a misspelt field is not
  /// ignored.
  ///
  /// - Throws: `DecodingError`: with a `FieldError` for an unknown field, or because the value is
  ///   not an object.
  package func strictContainer<Key: CodingKey & CaseIterable>(
    keyedBy type: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    let known = Key.allCases.map(\.stringValue)
    for key in try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
    where !known.contains(key) {
      let nearest = known.min { $0.edits(to: key) < $1.edits(to: key) } ?? ""
      let hint =
        nearest.edits(to: key) <= 1 + key.count / 4 ? "did you mean '\(nearest)'? The" : "the"
      throw DecodingError.field(
        "unknown field \(WeightsError.quoted(key)); \(hint) known fields are "
          + known.joined(separator: ", "), at: codingPath)
    }
    return try container(keyedBy: type)
  }
}

package struct AnyKey: CodingKey {
  package let stringValue: String
  package var intValue: Int? { nil }
  package init(stringValue: String) { self.stringValue = stringValue }
  package init?(intValue: Int) { nil }
}

/// A complaint about JSON or a field of it, in words that a message may show.
package struct FieldError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

extension DecodingError {
  /// An error whose words a message shows: see ``summary``.
  package static func field(_ complaint: String, at path: [any CodingKey] = []) -> DecodingError {
    .dataCorrupted(
      Context(
        codingPath: path, debugDescription: complaint, underlyingError: FieldError(complaint)))
  }
}

extension Decoder {
  /// The fields of a JSON object, none of them unknown: a misspelt field must not be skipped.
  ///
  /// - Throws: `DecodingError` with a ``FieldError``, or if the value is no object.
  package func strictContainer<Key: CodingKey & CaseIterable>(
    keyedBy type: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    let known = Key.allCases.map(\.stringValue)
    for key in try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
    where !known.contains(key) {
      let nearest = known.min { $0.edits(to: key) < $1.edits(to: key) } ?? ""
      let hint = nearest.edits(to: key) <= 1 + key.count / 4 ? "did you mean '\(nearest)'? " : ""
      throw DecodingError.field(
        "there is no field \(WeightsError.quoted(key)); \(hint)there are "
          + known.joined(separator: ", "), at: codingPath)
    }
    return try container(keyedBy: type)
  }
}

/// Any key at all.
package struct AnyKey: CodingKey {
  package let stringValue: String
  package var intValue: Int? { nil }
  package init(stringValue: String) { self.stringValue = stringValue }
  package init?(intValue: Int) { nil }
}

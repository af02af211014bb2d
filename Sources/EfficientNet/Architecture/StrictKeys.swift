/// A complaint about a field of a JSON object, in words that a message may show.
package struct FieldError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// A key of a JSON object that no field has: a misspelt field must not be skipped.
package struct UnknownKeyError: Error, CustomStringConvertible {
  /// The key.
  package let key: String
  /// The keys that are known.
  package let known: [String]

  package var description: String {
    let nearest = known.min { $0.edits(to: key) < $1.edits(to: key) }
    let isNear = nearest.map { $0.edits(to: key) <= 1 + key.count / 4 } ?? false
    return "there is no field \(WeightsError.quoted(key)); "
      + (isNear ? "did you mean '\(nearest ?? "")'? " : "")
      + "there are \(known.joined(separator: ", "))"
  }
}

extension Decoder {
  /// The fields of a JSON object, none of them unknown.
  ///
  /// - Throws: `DecodingError` with an ``UnknownKeyError``, or if the value is no object.
  package func strictContainer<Key: CodingKey & CaseIterable>(
    keyedBy type: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    let known = Key.allCases.map(\.stringValue)
    for key in try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
    where !known.contains(key) {
      let error = UnknownKeyError(key: key, known: known)
      throw DecodingError.dataCorrupted(
        .init(codingPath: codingPath, debugDescription: "\(error)", underlyingError: error))
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

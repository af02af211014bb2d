extension KeyedDecodingContainer {
  /// Decodes a value that is written as one of a few names.
  ///
  /// - Throws: `DecodingError`; for an unknown name, one that lists the known names.
  package func decodeName<Value: RawRepresentable<String> & CaseIterable>(
    _ type: Value.Type = Value.self, forKey key: Key
  ) throws -> Value {
    let name = try decode(String.self, forKey: key)
    if let value = Value(rawValue: name) { return value }
    throw DecodingError.unknownName(name, of: Value.self, at: codingPath + [key])
  }

  /// Decodes a value that is written as one of a few names; nil if it is absent or null.
  ///
  /// - Throws: As ``decodeName(_:forKey:)``.
  package func decodeNameIfPresent<Value: RawRepresentable<String> & CaseIterable>(
    _ type: Value.Type = Value.self, forKey key: Key
  ) throws -> Value? {
    guard contains(key), try !decodeNil(forKey: key) else { return nil }
    return try decodeName(type, forKey: key)
  }
}

extension DecodingError {
  /// An error for a name that is none of the names of a type, such as "'activation': 'swish' is
  /// unknown; use identity, relu, relu6, silu or sigmoid".
  package static func unknownName<Value: RawRepresentable<String> & CaseIterable>(
    _ name: String, of type: Value.Type, at path: [any CodingKey]
  ) -> DecodingError {
    let names = type.allCases.map(\.rawValue)
    let list = names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    return .field("\(WeightsError.quoted(name)) is unknown; use \(list)", at: path)
  }
}

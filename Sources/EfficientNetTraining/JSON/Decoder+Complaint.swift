internal import EfficientNet

extension Decoder {
  /// Throws a `DecodingError` if there is a complaint.
  func refuse(_ complaint: String?) throws {
    if let complaint { throw DecodingError.field(complaint, at: codingPath) }
  }

  /// The only field of an object such as `{"sgd": {"momentum": 0.9}}`, and its value.
  ///
  /// - Throws: `DecodingError`, also if there is not exactly one field or it is unknown.
  func onlyField<Key: CodingKey & CaseIterable>(
    _ keys: Key.Type
  ) throws -> (name: Key, value: any Decoder) {
    let fields = try strictContainer(keyedBy: keys)
    guard let name = fields.allKeys.first, fields.allKeys.count == 1 else {
      let names = keys.allCases.map(\.stringValue).joined(separator: ", ")
      throw DecodingError.field(
        "it has \(fields.allKeys.count) fields; it must have exactly one of \(names)",
        at: codingPath)
    }
    return (name, try fields.superDecoder(forKey: name))
  }
}

/// The coding keys of a case without values, such as `{"cosine": {}}`.
enum NoFields: CodingKey, CaseIterable {}

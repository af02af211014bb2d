internal import EfficientNet

extension Decoder {
  /// Throws a `DecodingError` if there is something to complain about.
  func refuse(_ complaint: String?) throws {
    if let complaint { throw DecodingError.field(complaint, at: codingPath) }
  }

  /// The only field of an object such as `{"sgd": {"momentum": 0.9}}`, and its value.
  ///
  /// - Throws: `DecodingError`, also if there is no field, more than one or an unknown one.
  func onlyField<Key: CodingKey & CaseIterable>(
    _ keys: Key.Type
  ) throws -> (name: Key, value: any Decoder) {
    let fields = try strictContainer(keyedBy: keys)
    guard let name = fields.allKeys.first, fields.allKeys.count == 1 else {
      let names = keys.allCases.map(\.stringValue).joined(separator: ", ")
      throw DecodingError.field(
        "it must have one field, and has \(fields.allKeys.count); there are \(names)",
        at: codingPath)
    }
    return (name, try fields.superDecoder(forKey: name))
  }
}

/// The fields of a case without values, such as `{"cosine": {}}`.
enum NoFields: CodingKey, CaseIterable {}

/// The JSON of a safetensors header. Only its types are checked.
struct SafetensorsDocument: Codable {
  var metadata: [String: String] = [:]
  var tensors: [(name: String, fields: Fields)] = []

  /// The header's fields for one tensor.
  struct Fields: Codable {
    var dtype: String
    var shape: [Int]
    /// The first byte and the byte after the last, counted from the end of the header.
    var offsets: [Int]

    private enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }

    /// `offsets` as a pair; nil unless there are exactly two.
    var range: (Int, Int)? { offsets.count == 2 ? (offsets[0], offsets[1]) : nil }
  }

  static let metadataKey = "__metadata__"

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: AnyKey.self)
    for key in container.allKeys {
      if key.stringValue == Self.metadataKey {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        tensors.append((key.stringValue, try container.decode(Fields.self, forKey: key)))
      }
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnyKey.self)
    if !metadata.isEmpty {
      try container.encode(metadata, forKey: AnyKey(stringValue: Self.metadataKey))
    }
    for (name, fields) in tensors {
      try container.encode(fields, forKey: AnyKey(stringValue: name))
    }
  }
}

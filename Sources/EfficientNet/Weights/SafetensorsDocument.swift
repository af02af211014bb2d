internal import FoundationEssentials

/// A safetensors header's JSON, of the right types but otherwise unchecked.
struct SafetensorsDocument: Decodable {
  var metadata: [String: String] = [:]
  var tensors: [(String, Fields)] = []

  /// What the header says about one tensor.
  struct Fields: Decodable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]

    private enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }

    /// The first byte and the one after the last, from the end of the header.
    var range: (Int, Int)? { offsets.count == 2 ? (offsets[0], offsets[1]) : nil }

    /// What sorts tensors by their bytes.
    var order: (Int, Int) { range ?? (0, 0) }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: AnyKey.self)
    for key in container.allKeys {
      if key.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        tensors.append((key.stringValue, try container.decode(Fields.self, forKey: key)))
      }
    }
  }
}

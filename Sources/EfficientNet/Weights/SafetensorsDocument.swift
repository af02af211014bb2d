#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

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

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for key in container.allKeys {
      if key.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        tensors.append((key.stringValue, try container.decode(Fields.self, forKey: key)))
      }
    }
  }
}

extension DecodingError {
  /// What was wrong and under which key, in a few words.
  package var summary: String {
    switch self {
    case .keyNotFound(let key, let context):
      context.codingPath.isEmpty
        ? "'\(key.stringValue)' is missing"
        : "'\(key.stringValue)' is missing in \(Self.place(context))"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(Self.place(context)) has a value of the wrong type"
    case .dataCorrupted(let context) where context.underlyingError is UnknownKeyError:
      context.codingPath.isEmpty
        ? context.debugDescription : "\(Self.place(context)): \(context.debugDescription)"
    case .dataCorrupted(let context):
      // Foundation does not say where a number is that its type cannot hold.
      context.codingPath.isEmpty
        ? "it is not JSON, or has a number that is too large or not whole"
        : "\(Self.place(context)) has an impossible value"
    @unknown default:
      "it does not decode"
    }
  }

  private static func place(_ context: Context) -> String {
    var place = ""
    for key in context.codingPath {
      if let index = key.intValue {
        place += "[\(index)]"
      } else {
        place += (place.isEmpty ? "" : ".") + key.stringValue
      }
    }
    return WeightsError.quoted(place)
  }
}

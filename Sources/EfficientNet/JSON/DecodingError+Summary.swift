extension DecodingError {
  /// The problem and the key where it occurred, in a few words.
  package var summary: String {
    switch self {
    case .keyNotFound(let key, let context):
      context.codingPath.isEmpty
        ? "'\(key.stringValue)' is missing"
        : "'\(key.stringValue)' is missing in \(Self.place(context))"
    case .typeMismatch(_, let context) where context.codingPath.isEmpty,
      .valueNotFound(_, let context) where context.codingPath.isEmpty:
      "it is not a JSON object"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(Self.place(context)) has a value of the wrong type"
    case .dataCorrupted(let context) where context.underlyingError is FieldError:
      context.codingPath.isEmpty
        ? context.debugDescription : "\(Self.place(context)): \(context.debugDescription)"
    case .dataCorrupted(let context):
      // Foundation does not report the position of a number that does not fit its type.
      context.codingPath.isEmpty
        ? "it is not JSON, or has a number that is too large or not whole"
        : "\(Self.place(context)) has an invalid value"
    @unknown default:
      "it cannot be decoded"
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

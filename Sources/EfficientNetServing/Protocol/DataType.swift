/// The type of a tensor's elements, by its name in the protocol.
package enum DataType: String, Hashable, Sendable, CaseIterable, Encodable {
  /// A byte, 0 or 1.
  case bool = "BOOL"
  /// Whole numbers of 1, 2, 4 or 8 bytes without a sign.
  case uint8 = "UINT8"
  case uint16 = "UINT16"
  case uint32 = "UINT32"
  case uint64 = "UINT64"
  /// Whole numbers of 1, 2, 4 or 8 bytes with a sign.
  case int8 = "INT8"
  case int16 = "INT16"
  case int32 = "INT32"
  case int64 = "INT64"
  /// IEEE numbers of 2, 4 or 8 bytes.
  case fp16 = "FP16"
  case fp32 = "FP32"
  case fp64 = "FP64"
  /// Strings of bytes, such as texts and encoded photos.
  case bytes = "BYTES"
  /// The upper half of an FP32; an extension of Triton.
  case bf16 = "BF16"

  /// The bytes of an element; nil for ``bytes``, whose elements have different lengths.
  package var byteCount: Int? {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .fp16, .bf16: 2
    case .uint32, .int32, .fp32: 4
    case .uint64, .int64, .fp64: 8
    case .bytes: nil
    }
  }

  /// The name in a model's configuration, such as "TYPE_FP32".
  package var configurationName: String { self == .bytes ? "TYPE_STRING" : "TYPE_\(rawValue)" }

  /// All names in one line, for messages.
  static let names = allCases.map(\.rawValue).joined(separator: ", ")
}

internal import EfficientNet
internal import EfficientNetCompute

/// A writer of messages in protobuf's wire format.
///
///     var dimension = ProtobufMessage()
///     dimension.add(ONNXFormat.Dimension.value, integer: 224)     // 08 E0 01
///
/// A message refers to tensors without copying them; they are read when ``parts`` are written.
/// Their bytes count in ``byteCount``, which an enclosing message stores before this message.
///
/// Source: [Protocol Buffers: Encoding](https://protobuf.dev/programming-guides/encoding/).
struct ProtobufMessage {
  enum Part {
    case bytes([UInt8])
    case tensor(ONNXTensorData)
  }

  private(set) var parts: [Part] = []
  private(set) var byteCount = 0

  /// The layout of a field's value, in the lowest three bits of its key.
  private enum WireType: UInt64 {
    case varint = 0, lengthDelimited = 2, fixed32 = 5
  }

  mutating func add(_ field: some RawRepresentable<Int>, integer value: Int) {
    append(Self.key(field, .varint) + Self.varint(UInt64(bitPattern: Int64(value))))
  }

  mutating func add(_ field: some RawRepresentable<Int>, float value: Float) {
    let bits = value.bitPattern
    append(
      Self.key(field, .fixed32) + [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: bits >> $0) })
  }

  mutating func add(_ field: some RawRepresentable<Int>, string value: String) {
    let bytes = Array(value.utf8)
    append(Self.key(field, byteCount: bytes.count) + bytes)
  }

  mutating func add(_ field: some RawRepresentable<Int>, message: ProtobufMessage) {
    append(Self.key(field, byteCount: message.byteCount))
    for part in message.parts {
      switch part {
      case .bytes(let bytes): append(bytes)
      case .tensor(let data): append(data)
      }
    }
  }

  /// Adds a tensor's elements as bytes.
  mutating func add(_ field: some RawRepresentable<Int>, data: ONNXTensorData) {
    append(Self.key(field, byteCount: data.byteCount))
    append(data)
  }

  private static func key(_ field: some RawRepresentable<Int>, _ type: WireType) -> [UInt8] {
    varint(UInt64(field.rawValue) << 3 | type.rawValue)
  }

  /// Returns the key and length of a value of `byteCount` bytes.
  private static func key(_ field: some RawRepresentable<Int>, byteCount: Int) -> [UInt8] {
    key(field, .lengthDelimited) + varint(UInt64(byteCount))
  }

  /// Returns the value in groups of seven bits, the lowest first; the highest bit of a byte says
  /// that another byte follows.
  private static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    return bytes
  }

  private mutating func append(_ bytes: [UInt8]) {
    byteCount += bytes.count
    // Join small pieces in place: the array must have no second reference.
    if case .bytes(var last)? = parts.last {
      parts.removeLast()
      last += bytes
      parts.append(.bytes(last))
    } else {
      parts.append(.bytes(bytes))
    }
  }

  private mutating func append(_ data: ONNXTensorData) {
    byteCount += data.byteCount
    parts.append(.tensor(data))
  }

  /// The largest size of a message in bytes.
  ///
  /// Source:
  /// [Protocol Buffers: Proto Limits](https://protobuf.dev/programming-guides/proto-limits/#total).
  private static let maximumByteCount = Int(Int32.max)

  /// Writes the message as a file, with tensors directly from their memory.
  ///
  /// - Throws: ``WeightsError``; no partial file remains.
  func write(to path: String) throws(WeightsError) {
    guard byteCount <= Self.maximumByteCount else {
      throw .unsupported(
        source: path,
        reason: "would have \(byteCount) bytes, but an ONNX file must have at most "
          + "\(Self.maximumByteCount); write safetensors instead")
    }
    var file = try fileErrors { () throws(FileError) in try OutputFile(path: path) }
    for part in parts {
      switch part {
      case .bytes(let bytes):
        try fileErrors { () throws(FileError) in try file.write(bytes.span.bytes) }
      case .tensor(let data): try data.write(to: &file)
      }
    }
    try fileErrors { () throws(FileError) in try file.commit() }
  }
}

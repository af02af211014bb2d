/// A message in protobuf's wire format, for writing only.
///
///     var dimension = ProtobufMessage()
///     dimension.add(1, integer: 224)     // 08 E0 01
///
/// Tensors are not copied into it: they are references until ``parts`` are written, yet count in
/// ``byteCount``, which every message that contains this one states before it.
///
/// Source: [Protocol Buffers: Encoding](https://protobuf.dev/programming-guides/encoding/).
struct ProtobufMessage {
  /// A piece of the message.
  enum Part {
    case bytes([UInt8])
    case tensor(ONNXTensorData)
  }

  /// The pieces in order.
  private(set) var parts: [Part] = []
  /// The length of the whole message.
  private(set) var byteCount = 0

  /// How a field's value is laid out, in the lowest three bits of its key.
  private enum WireType: UInt64 {
    case varint = 0, lengthDelimited = 2, fixed32 = 5
  }

  /// Adds an integer or the number of an enumeration's case.
  mutating func add(_ field: Int, integer value: Int) {
    append(key(field, .varint) + Self.varint(UInt64(bitPattern: Int64(value))))
  }

  /// Adds a 32-bit float.
  mutating func add(_ field: Int, float value: Float) {
    let bits = value.bitPattern
    append(key(field, .fixed32) + [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: bits >> $0) })
  }

  /// Adds a string.
  mutating func add(_ field: Int, string value: String) {
    let bytes = Array(value.utf8)
    append(key(field, .lengthDelimited) + Self.varint(UInt64(bytes.count)) + bytes)
  }

  /// Adds another message.
  mutating func add(_ field: Int, message: ProtobufMessage) {
    append(key(field, .lengthDelimited) + Self.varint(UInt64(message.byteCount)))
    for part in message.parts {
      switch part {
      case .bytes(let bytes): append(bytes)
      case .tensor(let data): append(data)
      }
    }
  }

  /// Adds a tensor's elements as bytes.
  mutating func add(_ field: Int, data: ONNXTensorData) {
    append(key(field, .lengthDelimited) + Self.varint(UInt64(data.byteCount)))
    append(data)
  }

  private func key(_ field: Int, _ type: WireType) -> [UInt8] {
    Self.varint(UInt64(field) << 3 | type.rawValue)
  }

  /// Seven bits a byte, the lowest first; the highest bit says that more follow.
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
    // Small pieces become one, extended in place: the array must not be shared meanwhile.
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
}

/// The fields of one message in protobuf's wire format, in order: an independent reader that checks
/// our writer.
struct ProtobufFields {
  enum Value {
    case varint(UInt64)
    case fixed32(UInt32)
    case bytes(ArraySlice<UInt8>)
  }

  struct Problem: Error, CustomStringConvertible {
    let description: String
  }

  let fields: [(number: Int, value: Value)]

  /// - Throws: ``Problem`` for anything that a strict reader may refuse.
  init(_ bytes: ArraySlice<UInt8>) throws(Problem) {
    var rest = bytes
    func varint() throws(Problem) -> UInt64 {
      var value: UInt64 = 0
      for shift in stride(from: 0, to: 70, by: 7) {
        guard let byte = rest.popFirst() else {
          throw Problem(description: "a varint is cut short")
        }
        if shift == 63, byte > 1 { throw Problem(description: "a varint has more than 64 bits") }
        if shift > 0, byte == 0 { throw Problem(description: "a varint is longer than it must be") }
        value |= UInt64(byte & 0x7F) << UInt64(shift)
        if byte < 0x80 { return value }
      }
      throw Problem(description: "a varint does not end")
    }
    func take(_ count: UInt64) throws(Problem) -> ArraySlice<UInt8> {
      guard count <= UInt64(rest.count) else {
        throw Problem(description: "\(count) bytes are claimed, \(rest.count) are left")
      }
      defer { rest = rest.dropFirst(Int(count)) }
      return rest.prefix(Int(count))
    }
    var fields: [(Int, Value)] = []
    while !rest.isEmpty {
      let key = try varint()
      guard key >> 3 > 0 else { throw Problem(description: "there is no field 0") }
      let value: Value
      switch key & 7 {
      case 0: value = .varint(try varint())
      case 2: value = .bytes(try take(try varint()))
      case 5: value = .fixed32(try take(4).reversed().reduce(0) { $0 << 8 | UInt32($1) })
      default: throw Problem(description: "wire type \(key & 7)")
      }
      fields.append((Int(key >> 3), value))
    }
    self.fields = fields
  }
}

extension ProtobufFields.Value {
  typealias Problem = ProtobufFields.Problem

  var integer: Int {
    get throws(Problem) {
      guard case .varint(let value) = self else { throw Problem(description: "not an integer") }
      return Int(Int64(bitPattern: value))
    }
  }

  var float: Float {
    get throws(Problem) {
      guard case .fixed32(let bits) = self else { throw Problem(description: "not a float") }
      return Float(bitPattern: bits)
    }
  }

  var bytes: ArraySlice<UInt8> {
    get throws(Problem) {
      guard case .bytes(let bytes) = self else { throw Problem(description: "not bytes") }
      return bytes
    }
  }

  var string: String {
    get throws(Problem) {
      guard let string = String(validating: try bytes, as: UTF8.self) else {
        throw Problem(description: "not UTF-8")
      }
      return string
    }
  }

  var message: ProtobufFields {
    get throws(Problem) { try ProtobufFields(try bytes) }
  }
}

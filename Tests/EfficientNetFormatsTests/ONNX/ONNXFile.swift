import Foundation

/// An ONNX model, read by the field numbers of onnx.proto 1.23. An unexpected field is an error.
struct ONNXFile {
  typealias Problem = ProtobufFields.Problem

  struct Node {
    var name = ""
    var type = ""
    var inputs: [String] = []
    var outputs: [String] = []
    var floats: [String: Float] = [:]
    var integers: [String: Int] = [:]
    var lists: [String: [Int]] = [:]
  }

  struct Tensor {
    var name = ""
    var shape: [Int] = []
    var type = 0
    var bytes: ArraySlice<UInt8> = []

    var elements: [Float] {
      switch type {
      case 2: bytes.map { Float($0) }
      case 3: bytes.map { Float(Int8(bitPattern: $0)) }
      case 6: words.map { Float(Int32(bitPattern: $0)) }
      default: words.map { Float(bitPattern: $0) }
      }
    }

    private var words: [UInt32] {
      unsafe bytes.withUnsafeBytes { raw in
        stride(from: 0, to: raw.count, by: 4).map {
          unsafe UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
        }
      }
    }
  }

  /// A value's name and extents: numbers, or the name of an extent that is not fixed.
  struct Value: Equatable {
    var name = ""
    var type = 0
    var shape: [String] = []
  }

  var irVersion = 0
  var opset = 0
  var producer = ""
  var metadata: [String: String] = [:]
  var name = ""
  var nodes: [Node] = []
  var initializers: [Tensor] = []
  var inputs: [Value] = []
  var outputs: [Value] = []
  var intermediates: [Value] = []

  init(contentsOf path: String) throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    for (field, value) in try ProtobufFields(bytes[...]).fields {
      switch field {
      case 1: irVersion = try value.integer
      case 2: producer = try value.string
      case 7: try read(graph: value.message)
      case 8:
        for (field, value) in try value.message.fields {
          switch field {
          case 1: guard try value.string == "" else { throw Self.unknown("domain", 1) }
          case 2: opset = try value.integer
          default: throw Self.unknown("OperatorSetIdProto", field)
          }
        }
      case 14:
        var (key, text) = ("", "")
        for (field, value) in try value.message.fields {
          switch field {
          case 1: key = try value.string
          case 2: text = try value.string
          default: throw Self.unknown("StringStringEntryProto", field)
          }
        }
        guard metadata.updateValue(text, forKey: key) == nil else {
          throw Problem(description: "two entries for \(key)")
        }
      default: throw Self.unknown("ModelProto", field)
      }
    }
  }

  private static func unknown(_ message: String, _ field: Int) -> Problem {
    Problem(description: "\(message) has a field \(field)")
  }

  private mutating func read(graph: ProtobufFields) throws(Problem) {
    for (field, value) in graph.fields {
      switch field {
      case 1: nodes.append(try Self.node(value.message))
      case 2: name = try value.string
      case 5: initializers.append(try Self.tensor(value.message))
      case 11: inputs.append(try Self.value(value.message))
      case 12: outputs.append(try Self.value(value.message))
      case 13: intermediates.append(try Self.value(value.message))
      default: throw Self.unknown("GraphProto", field)
      }
    }
  }

  private static func node(_ message: ProtobufFields) throws(Problem) -> Node {
    var node = Node()
    for (field, value) in message.fields {
      switch field {
      case 1: node.inputs.append(try value.string)
      case 2: node.outputs.append(try value.string)
      case 3: node.name = try value.string
      case 4: node.type = try value.string
      case 5: try read(attribute: value.message, into: &node)
      default: throw unknown("NodeProto", field)
      }
    }
    return node
  }

  private static func read(
    attribute: ProtobufFields, into node: inout Node
  ) throws(Problem) {
    var (name, type) = ("", 0)
    var float: Float?
    var integer: Int?
    var list: [Int] = []
    for (field, value) in attribute.fields {
      switch field {
      case 1: name = try value.string
      case 2: float = try value.float
      case 3: integer = try value.integer
      case 8: list.append(try value.integer)
      case 20: type = try value.integer
      default: throw unknown("AttributeProto", field)
      }
    }
    // The type must state which field is used.
    switch (type, float, integer, list.isEmpty) {
    case (1, let float?, nil, true): node.floats[name] = float
    case (2, nil, let integer?, true): node.integers[name] = integer
    case (7, nil, nil, false): node.lists[name] = list
    default: throw Problem(description: "attribute \(name) of type \(type) has another value")
    }
  }

  private static func tensor(_ message: ProtobufFields) throws(Problem) -> Tensor {
    var tensor = Tensor()
    for (field, value) in message.fields {
      switch field {
      case 1: tensor.shape.append(try value.integer)
      case 2: tensor.type = try value.integer
      case 8: tensor.name = try value.string
      case 9: tensor.bytes = try value.bytes
      default: throw unknown("TensorProto", field)
      }
    }
    return tensor
  }

  private static func value(_ message: ProtobufFields) throws(Problem) -> Value {
    var result = Value()
    for (field, value) in message.fields {
      switch field {
      case 1: result.name = try value.string
      case 2:
        for (field, value) in try value.message.fields {
          guard field == 1 else { throw unknown("TypeProto", field) }
          for (field, value) in try value.message.fields {
            switch field {
            case 1: result.type = try value.integer
            case 2: result.shape = try shape(value.message)
            default: throw unknown("TypeProto.Tensor", field)
            }
          }
        }
      case 3: _ = try value.string
      default: throw unknown("ValueInfoProto", field)
      }
    }
    return result
  }

  private static func shape(_ message: ProtobufFields) throws(Problem) -> [String] {
    var shape: [String] = []
    for (field, value) in message.fields {
      guard field == 1 else { throw unknown("TensorShapeProto", field) }
      for (field, value) in try value.message.fields {
        switch field {
        case 1: shape.append("\(try value.integer)")
        case 2: shape.append(try value.string)
        default: throw unknown("Dimension", field)
        }
      }
    }
    return shape
  }
}

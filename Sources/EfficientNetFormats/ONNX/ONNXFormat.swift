/// The numbers of ONNX's protobuf messages: of their fields, where they are ours to write, and of the cases of
/// their enumerations.
///
/// Source: [onnx.proto](https://github.com/onnx/onnx/blob/v1.19.0/onnx/onnx.proto).
enum ONNXFormat {
  enum Model {
    static let irVersion = 1
    static let producerName = 2
    static let graph = 7
    static let opsetImport = 8
    static let metadata = 14
  }

  enum OperatorSetId {
    static let domain = 1
    static let version = 2
  }

  enum StringStringEntry {
    static let key = 1
    static let value = 2
  }

  enum Graph {
    static let node = 1
    static let name = 2
    static let initializer = 5
    static let input = 11
    static let output = 12
    static let valueInfo = 13
  }

  enum Node {
    static let input = 1
    static let output = 2
    static let name = 3
    static let operatorType = 4
    static let attribute = 5
  }

  enum Attribute {
    static let name = 1
    static let float = 2
    static let integer = 3
    static let integers = 8
    static let type = 20
  }

  enum AttributeType {
    static let float = 1
    static let integer = 2
    static let integers = 7
  }

  enum Tensor {
    static let dimensions = 1
    static let dataType = 2
    static let name = 8
    static let rawData = 9
  }

  enum DataType {
    static let float = 1
  }

  enum ValueInfo {
    static let name = 1
    static let type = 2
    static let documentation = 3
  }

  enum ValueType {
    static let tensor = 1
  }

  enum TensorType {
    static let elementType = 1
    static let shape = 2
  }

  enum TensorShape {
    static let dimension = 1
  }

  enum Dimension {
    static let value = 1
    static let parameter = 2
  }

  /// The version of the file format that came with an operator set.
  ///
  /// Source: [Versioning](https://github.com/onnx/onnx/blob/v1.19.0/docs/Versioning.md#released-versions).
  static func irVersion(opset: Int) -> Int {
    switch opset {
    case ...18: 8
    case ...20: 9
    case ...22: 10
    case 23: 11
    default: 12
    }
  }
}

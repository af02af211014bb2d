/// The field numbers of ONNX's protobuf messages that the writer needs, and the values of their
/// enumerations.
///
/// Source: [onnx.proto](https://github.com/onnx/onnx/blob/v1.19.0/onnx/onnx.proto).
enum ONNXFormat {
  enum Model: Int {
    case irVersion = 1, producerName = 2, graph = 7, opsetImport = 8, metadata = 14
  }
  enum OperatorSetId: Int { case domain = 1, version = 2 }
  enum StringStringEntry: Int { case key = 1, value = 2 }
  enum Graph: Int {
    case node = 1, name = 2, initializer = 5, input = 11, output = 12, valueInfo = 13
  }
  enum Node: Int { case input = 1, output = 2, name = 3, operatorType = 4, attribute = 5 }
  enum Attribute: Int { case name = 1, float = 2, integer = 3, integers = 8, type = 20 }
  enum AttributeType: Int { case float = 1, integer = 2, integers = 7 }
  enum Tensor: Int { case dimensions = 1, dataType = 2, name = 8, rawData = 9 }
  enum DataType: Int { case float = 1, uint8 = 2, int8 = 3, int32 = 6, int64 = 7, bool = 9 }
  enum ValueInfo: Int { case name = 1, type = 2, documentation = 3 }
  enum ValueType: Int { case tensor = 1 }
  enum TensorType: Int { case elementType = 1, shape = 2 }
  enum TensorShape: Int { case dimension = 1 }
  enum Dimension: Int { case value = 1, parameter = 2 }

  /// Returns the version of the file format that belongs to an operator set.
  ///
  /// Source:
  /// [Versioning](https://github.com/onnx/onnx/blob/v1.19.0/docs/Versioning.md#released-versions).
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

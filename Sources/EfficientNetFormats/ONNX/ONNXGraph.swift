/// A network in ONNX's terms: nodes, in execution order, that read and write values by name.
///
/// Activations are NCHW and convolution filters OIHW. Names are those of the network's layers and
/// weights.
struct ONNXGraph {
  /// The ONNX operators that the networks need.
  ///
  /// Source: [ONNX Operators](https://onnx.ai/onnx/operators/).
  enum Operator: String {
    case add = "Add"
    case averagePool = "AveragePool"
    case batchNormalization = "BatchNormalization"
    case clip = "Clip"
    case convolution = "Conv"
    case dequantizeLinear = "DequantizeLinear"
    case flatten = "Flatten"
    case gemm = "Gemm"
    case globalAveragePool = "GlobalAveragePool"
    case multiply = "Mul"
    case quantizeLinear = "QuantizeLinear"
    case relu = "Relu"
    case sigmoid = "Sigmoid"
  }

  /// One operation with one result.
  struct Node {
    var name: String
    var type: Operator
    var inputs: [String]
    var output: String
    var attributes: Attributes = []
  }

  /// The constants of a node by name.
  typealias Attributes = [(name: String, value: Attribute)]

  enum Attribute {
    case float(Float)
    case integer(Int)
    case integers([Int])
  }

  struct Initializer {
    var name: String
    var shape: [Int]
    var data: ONNXTensorData
  }

  enum Dimension {
    case value(Int)
    case parameter(String)
  }

  /// The type of a value: 32-bit floats of this shape.
  struct Value {
    var name: String
    var shape: [Dimension]
    var documentation = ""
  }

  var name: String
  var nodes: [Node] = []
  var initializers: [Initializer] = []
  var inputs: [Value] = []
  var outputs: [Value] = []
  /// The intermediate values, whose shapes viewers show.
  var intermediates: [Value] = []
}

extension ProtobufMessage {
  /// A ModelProto.
  init(
    onnx graph: ONNXGraph, opset: Int, metadata: [(key: String, value: String)]
  ) {
    typealias Fields = ONNXFormat.Model
    self.init()
    add(Fields.irVersion, integer: ONNXFormat.irVersion(opset: opset))
    add(Fields.producerName, string: "swift-efficientnet")
    add(Fields.graph, message: ProtobufMessage(graph))
    var operators = ProtobufMessage()
    operators.add(ONNXFormat.OperatorSetId.domain, string: "")
    operators.add(ONNXFormat.OperatorSetId.version, integer: opset)
    add(Fields.opsetImport, message: operators)
    for (key, value) in metadata {
      var entry = ProtobufMessage()
      entry.add(ONNXFormat.StringStringEntry.key, string: key)
      entry.add(ONNXFormat.StringStringEntry.value, string: value)
      add(Fields.metadata, message: entry)
    }
  }

  /// A GraphProto.
  private init(_ graph: ONNXGraph) {
    typealias Fields = ONNXFormat.Graph
    self.init()
    for node in graph.nodes { add(Fields.node, message: ProtobufMessage(node)) }
    add(Fields.name, string: graph.name)
    for tensor in graph.initializers { add(Fields.initializer, message: ProtobufMessage(tensor)) }
    for value in graph.inputs { add(Fields.input, message: ProtobufMessage(value)) }
    for value in graph.outputs { add(Fields.output, message: ProtobufMessage(value)) }
    for value in graph.intermediates { add(Fields.valueInfo, message: ProtobufMessage(value)) }
  }

  /// A NodeProto.
  private init(_ node: ONNXGraph.Node) {
    typealias Fields = ONNXFormat.Node
    self.init()
    for input in node.inputs { add(Fields.input, string: input) }
    add(Fields.output, string: node.output)
    add(Fields.name, string: node.name)
    add(Fields.operatorType, string: node.type.rawValue)
    for (name, value) in node.attributes {
      add(Fields.attribute, message: ProtobufMessage(name, value))
    }
  }

  /// An AttributeProto.
  private init(_ name: String, _ value: ONNXGraph.Attribute) {
    typealias Fields = ONNXFormat.Attribute
    self.init()
    add(Fields.name, string: name)
    let type: ONNXFormat.AttributeType
    switch value {
    case .float(let value):
      add(Fields.float, float: value)
      type = .float
    case .integer(let value):
      add(Fields.integer, integer: value)
      type = .integer
    case .integers(let values):
      for value in values { add(Fields.integers, integer: value) }
      type = .integers
    }
    add(Fields.type, integer: type.rawValue)
  }

  /// A TensorProto.
  private init(_ tensor: ONNXGraph.Initializer) {
    typealias Fields = ONNXFormat.Tensor
    precondition(
      tensor.data.elementBytes * tensor.shape.reduce(1, *) == tensor.data.byteCount,
      "\(tensor.name) is \(tensor.shape) and has \(tensor.data.byteCount) bytes")
    self.init()
    for extent in tensor.shape { add(Fields.dimensions, integer: extent) }
    add(Fields.dataType, integer: tensor.data.type.rawValue)
    add(Fields.name, string: tensor.name)
    add(Fields.rawData, data: tensor.data)
  }

  /// A ValueInfoProto.
  private init(_ value: ONNXGraph.Value) {
    var shape = ProtobufMessage()
    for dimension in value.shape {
      var message = ProtobufMessage()
      switch dimension {
      case .value(let extent): message.add(ONNXFormat.Dimension.value, integer: extent)
      case .parameter(let name): message.add(ONNXFormat.Dimension.parameter, string: name)
      }
      shape.add(ONNXFormat.TensorShape.dimension, message: message)
    }
    var tensor = ProtobufMessage()
    tensor.add(ONNXFormat.TensorType.elementType, integer: ONNXFormat.DataType.float.rawValue)
    tensor.add(ONNXFormat.TensorType.shape, message: shape)
    var type = ProtobufMessage()
    type.add(ONNXFormat.ValueType.tensor, message: tensor)
    self.init()
    add(ONNXFormat.ValueInfo.name, string: value.name)
    add(ONNXFormat.ValueInfo.type, message: type)
    if !value.documentation.isEmpty {
      add(ONNXFormat.ValueInfo.documentation, string: value.documentation)
    }
  }
}

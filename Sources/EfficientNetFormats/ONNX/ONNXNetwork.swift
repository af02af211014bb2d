internal import EfficientNet
internal import EfficientNetCompute

/// The weights and codes of an ONNX file, found by following its nodes through a network.
///
/// The nodes may be in another order and have other names than the network's. QuantizeLinear and
/// DequantizeLinear may stand before and behind every node. Batch norms may be folded.
struct ONNXNetwork {
  /// A value of the file.
  indirect enum Value {
    /// The output of a node of the network, as it is or rounded to codes.
    case output(Int, isRounded: Bool = false)
    /// The sigmoid in the SiLU of this node.
    case sigmoid(Int)
    /// A value as codes.
    case coded(Value, Quantization.Codes)
    case constant(Constant)
    /// A constant of a type that no weight has, such as a shape.
    case other
  }

  enum Constant {
    /// Floats, with scales if they are made of codes.
    case floats(WeightTensor)
    /// Integers between the limits of their type.
    case integers([Int32], shape: [Int], limits: ClosedRange<Int>)
  }

  let graph: Graph
  let readers: [[Int]]
  let shapes: [Shape]
  var contents: ONNXContents
  var tensors: [String: WeightTensor] = [:]
  /// The codes of the outputs of nodes.
  var codes: [Int: Quantization.Codes] = [:]
  /// The nodes of the network whose outputs are also read without rounding.
  private(set) var unrounded: Set<Int> = []
  private var values: [String: Value] = [:]
  private(set) var isMatched: Set<Int> = []

  /// Follows all nodes of a file.
  ///
  /// - Throws: ``FormatError`` for a node that the network does not have there, with its name.
  init(
    _ contents: ONNXContents, for architecture: Architecture, _ bytes: RawSpan
  ) throws(FormatError) {
    self.contents = contents
    graph = Graph(architecture)
    (readers, shapes) = (graph.readers(), graph.shapes(input: architecture.inputShape))
    isMatched = [0]
    guard contents.inputs.count == 1, contents.outputs.count == 1 else {
      throw .unsupported(
        "has \(contents.inputs.count) inputs and \(contents.outputs.count) outputs, not one")
    }
    for tensor in contents.initializers {
      values[tensor.name] = try constant(tensor, bytes).map { .constant($0) } ?? .other
    }
    values[contents.inputs[0]] = .output(0)
    for node in contents.nodes {
      guard ["", "ai.onnx"].contains(node.domain) else { throw refusal(node) }
      guard let output = node.outputs.first, node.outputs.count == 1 else { throw refusal(node) }
      guard values.updateValue(try value(of: node, bytes), forKey: output) == nil else {
        throw .damaged("\(WeightsError.quoted(output)) has two values")
      }
    }
    guard case .output(let last, _)? = values[contents.outputs[0]], last == graph.nodes.count - 1
    else { throw .unsupported("ends before the classifier of \(graph.name)") }
    addFoldedNorms()
  }

  // MARK: - Nodes

  /// The attributes that are checked, or change no result of inference, by the type of node.
  private static let attributes: [String: Set<String>] = [
    "AveragePool": [
      "auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides",
    ],
    "BatchNormalization": ["epsilon", "momentum", "training_mode"],
    "Constant": ["value"],
    "Conv": ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"],
    "DequantizeLinear": ["axis", "block_size", "output_dtype"],
    "Dropout": ["ratio", "seed"],
    "Flatten": ["axis"],
    "Gemm": ["alpha", "beta", "transA", "transB"],
    "QuantizeLinear": ["axis", "block_size", "output_dtype", "precision", "saturate"],
    "ReduceMean": ["axes", "keepdims", "noop_with_empty_axes"],
    "Reshape": ["allowzero"],
    "Squeeze": ["axes"],
  ]

  private mutating func value(
    of node: ONNXContents.Node, _ bytes: RawSpan
  ) throws(FormatError) -> Value {
    guard Self.attributes[node.type, default: []].isSuperset(of: node.attributes.keys) else {
      throw refusal(node)
    }
    switch node.type {
    case "Constant":
      guard let tensor = node.attributes["value"]?.tensor,
        let constant = try constant(tensor, bytes)
      else { return .other }
      return .constant(constant)
    case "Identity": return try input(node, 0)
    case "Dropout":
      // The third input says whether to drop.
      if node.inputs.count > 2, !node.inputs[2].isEmpty {
        guard case .integers([0], _, _) = try constant(node, 2) else { throw refusal(node) }
      }
      return try input(node, 0)
    case "QuantizeLinear": return try quantized(node)
    case "DequantizeLinear": return try dequantized(node)
    case "Conv": return try convolution(node)
    case "BatchNormalization": return try batchNorm(node)
    case "Relu": return try activation(node, .relu)
    case "Clip":
      guard try floats(node, 1).elements == [0], try floats(node, 2).elements == [6] else {
        throw refusal(node)
      }
      return try activation(node, .relu6)
    case "Sigmoid":
      let x = try output(node, 0)
      if let silu = find([x], { $0 == .activation(.silu) }) { return .sigmoid(silu) }
      return try activation(node, .sigmoid)
    case "Mul":
      let inputs = try [input(node, 0), input(node, 1)]
      for (x, other) in [(0, 1), (1, 0)] {
        if case .sigmoid(let silu) = inputs[other], case .output(let x, _) = inputs[x],
          canonical(graph.nodes[silu].inputs[0]) == x
        {
          return match(silu)
        }
      }
      return try matched(node) { $0 == .scale }
    case "Add": return try matched(node) { $0 == .add }
    case "ReduceMean":
      var axes = node.attributes["axes"]?.integers ?? []
      // Since operator set 18, the axes are an input.
      if node.inputs.count > 1, case .integers(let integers, _, _) = try constant(node, 1) {
        axes = integers.map { Int($0) }
      }
      guard [[2, 3], [-2, -1], [3, 2], [-1, -2]].contains(axes) else { throw refusal(node) }
      return try pooled(node)
    case "GlobalAveragePool": return try pooled(node)
    case "AveragePool": return try averagePool(node)
    case "Flatten", "Reshape", "Squeeze":
      // Between the pooled features, which have one pixel, and the classifier.
      let value = try input(node, 0)
      guard case .output(let x, _) = value, graph.nodes[x].operation == .globalAveragePool else {
        throw refusal(node)
      }
      return value
    case "Gemm": return try linear(node)
    default: throw refusal(node)
    }
  }

  private mutating func activation(
    _ node: ONNXContents.Node, _ activation: Activation
  ) throws(FormatError) -> Value {
    let x = try output(node, 0)
    guard let index = find([x], { $0 == .activation(activation) }) else { throw refusal(node) }
    return match(index)
  }

  private mutating func pooled(_ node: ONNXContents.Node) throws(FormatError) -> Value {
    let x = try output(node, 0)
    guard let index = find([x], { $0 == .globalAveragePool }) else { throw refusal(node) }
    return match(index)
  }

  /// Matches a node all of whose inputs are values of the network.
  private mutating func matched(
    _ node: ONNXContents.Node, _ isKind: (Graph.Operation) -> Bool
  ) throws(FormatError) -> Value {
    let inputs = try node.inputs.indices.map { (index) throws(FormatError) in
      try output(node, index)
    }
    guard let index = find(inputs, isKind) else { throw refusal(node) }
    return match(index)
  }

  // MARK: - Values

  func refusal(_ node: ONNXContents.Node) -> FormatError {
    let name = WeightsError.quoted(node.name.isEmpty ? node.outputs.first ?? "" : node.name)
    let type = WeightsError.quoted(node.type)
    return .unsupported(
      "has a node \(name) (\(type)) that \(graph.name) does not have there or that cannot be read")
  }

  func input(_ node: ONNXContents.Node, _ index: Int) throws(FormatError) -> Value {
    guard node.inputs.indices.contains(index), let value = values[node.inputs[index]] else {
      throw refusal(node)
    }
    return value
  }

  /// Returns the node of the network whose output a node reads.
  mutating func output(_ node: ONNXContents.Node, _ index: Int) throws(FormatError) -> Int {
    guard case .output(let output, let isRounded) = try input(node, index) else {
      throw refusal(node)
    }
    if !isRounded { unrounded.insert(output) }
    return output
  }

  func constant(
    _ node: ONNXContents.Node, _ index: Int
  ) throws(FormatError) -> Constant {
    guard case .constant(let constant) = try input(node, index) else { throw refusal(node) }
    return constant
  }

  func floats(
    _ node: ONNXContents.Node, _ index: Int
  ) throws(FormatError) -> WeightTensor {
    guard case .floats(let tensor) = try constant(node, index) else { throw refusal(node) }
    return tensor
  }

  private mutating func constant(
    _ tensor: ONNXContents.Tensor, _ bytes: RawSpan
  ) throws(FormatError) -> Constant? {
    if let limits = tensor.limits {
      return .integers(
        try contents.integers(of: tensor, bytes), shape: tensor.shape, limits: limits)
    }
    guard tensor.type == ONNXFormat.DataType.float.rawValue else { return nil }
    return .floats(
      WeightTensor(shape: tensor.shape, elements: try contents.floats(of: tensor, bytes)))
  }

  // MARK: - Places in the network

  /// Returns the node with the same output: nodes that inference skips, batch norms that are folded
  /// and activations that rounding replaces are left out.
  func canonical(_ index: Int) -> Int {
    guard !isMatched.contains(index) else { return index }
    let node = graph.nodes[index]
    switch node.operation {
    case .dropout, .stochasticDepth, .batchNorm: return canonical(node.inputs[0])
    case .activation(let activation):
      let input = canonical(node.inputs[0])
      let isReplaced =
        activation == .identity || codes[input].map { activation.isRedundant(before: $0) } ?? false
      return isReplaced ? input : index
    case .input, .convolution, .depthwiseConvolution, .averagePool, .globalAveragePool, .scale,
      .add, .linear:
      return index
    }
  }

  /// Returns the nodes that read an output and are not matched yet, also behind those left out.
  ///
  /// A node that was left out when its reader was matched stays out.
  func readers(of index: Int) -> [Int] {
    readers[index].filter { !isMatched.contains($0) }.flatMap { reader in
      (isRead(reader) ? [] : [reader])
        + (canonical(reader) == canonical(index) ? readers(of: reader) : [])
    }
  }

  /// Returns whether a node is matched that reads an output, also behind nodes left out.
  private func isRead(_ index: Int) -> Bool {
    readers[index].contains {
      isMatched.contains($0) || (canonical($0) == canonical(index) && isRead($0))
    }
  }

  /// Returns a node that is not matched yet and reads these outputs.
  func find(_ inputs: [Int], _ isKind: (Graph.Operation) -> Bool) -> Int? {
    inputs.first.map { readers(of: $0) }?.first {
      isKind(graph.nodes[$0].operation)
        && graph.nodes[$0].inputs.map { canonical($0) }.sorted() == inputs.sorted()
    }
  }

  mutating func match(_ index: Int) -> Value {
    isMatched.insert(index)
    return .output(index)
  }
}

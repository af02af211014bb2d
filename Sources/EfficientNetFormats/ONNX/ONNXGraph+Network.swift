internal import EfficientNet
internal import EfficientNetCompute

extension ONNXGraph {
  /// Translates a network to ONNX, from "input" (batch, channels, height, width) to "logits"
  /// (batch, classes).
  ///
  /// - Parameters:
  ///   - network: A network that ends with a fully connected layer.
  ///   - input: The shape of one image.
  ///   - weights: All weights under canonical names: see ``NameMap/canonical(_:for:)``.
  ///   - quantization: The codes of the feature maps; nil for floats.
  ///   - options: The batch, batch norm folding and the program for int8.
  init(
    _ network: Graph, input: Shape, weights: Weights, quantization: Quantization? = nil,
    options: ONNXOptions
  ) throws(WeightsError) {
    var builder = ONNXGraphBuilder(
      network: network, shapes: network.shapes(input: input), weights: weights,
      options: options, readers: network.readers(),
      codes: try quantization.map { (quantization) throws(WeightsError) in
        try network.codes(quantization, weights: weights, for: options.runtime)
      } ?? [:], graph: ONNXGraph(name: network.name))
    for index in network.nodes.indices { try builder.add(index) }
    precondition(
      builder.values.last == "logits", "\(network.name) does not end with a fully connected layer")
    self = builder.graph
  }
}

/// Translates one node after the other.
struct ONNXGraphBuilder {
  let network: Graph
  let shapes: [Shape]
  let weights: Weights
  let options: ONNXOptions
  /// The nodes that read the value of each node.
  let readers: [[Int]]
  /// The codes of the outputs of nodes in int8.
  let codes: [Int: Quantization.Codes]
  var graph: ONNXGraph
  /// The ONNX name of the value of each node translated so far.
  var values: [String] = []
  /// The codes of the values that have codes, by their ONNX names.
  var valueCodes: [String: Quantization.Codes] = [:]
  /// The convolutions whose weights contain the batch norm behind them.
  var folded: Set<Int> = []

  /// Translates the next node.
  mutating func add(_ index: Int) throws(WeightsError) {
    let node = network.nodes[index]
    let inputs = node.inputs.map { values[$0] }
    switch node.operation {
    case .input:
      graph.inputs = [
        .init(
          name: node.name, shape: dimensions(shapes[index]),
          documentation: "Images in NCHW order, normalized as the metadata say.")
      ]
      values.append(node.name)
    case .convolution(let convolution):
      try addConvolution(index, convolution, groups: 1)
    case .depthwiseConvolution(let convolution):
      try addConvolution(index, convolution, groups: convolution.outputs)
    case .averagePool(let filter):
      add(
        index, .averagePool, inputs,
        [("count_include_pad", .integer(1))] + attributes(of: filter, at: index))
    case .batchNorm(let channels, let epsilon):
      if folded.contains(node.inputs[0]) {
        values.append(inputs[0])
      } else {
        let parameters = try ["weight", "bias", "running_mean", "running_var"].map {
          (leaf) throws(WeightsError) in try addInitializer(node.name, leaf, shape: [channels])
        }
        add(index, .batchNormalization, inputs + parameters, [("epsilon", .float(Float(epsilon)))])
      }
    case .activation(let activation):
      addActivation(index, activation)
    case .globalAveragePool:
      add(index, .globalAveragePool, inputs)
    case .scale:
      add(index, .multiply, inputs)
    case .add:
      add(index, .add, inputs)
    case .dropout, .stochasticDepth:
      values.append(inputs[0])
    case .linear(let channels, let outputs):
      try addLinear(index, inputs: channels, outputs: outputs)
    }
    if let codes = codes[index] {
      values[index] = addCodes(of: values[index], named: node.name, codes)
    }
  }

  /// Adds a convolution, and folds the batch norm behind it if `options` ask for it.
  private mutating func addConvolution(
    _ index: Int, _ c: Convolution, groups: Int
  ) throws(WeightsError) {
    let node = network.nodes[index]
    let (weightName, biasName) = ("\(node.name).weight", "\(node.name).bias")
    var inputs = [values[node.inputs[0]], weightName]
    let weight = try weights.required(weightName)
    if let (norm, epsilon) = foldableNorm(after: index) {
      let bias = c.hasBias ? try weights.required(biasName).elements : nil
      let fold = try BatchNormFold(norm, epsilon: epsilon, bias: bias, weights: weights)
      if weight.scales != nil {
        inputs[1...] = try addCodes(node.name, weight, fold, input: valueCodes[inputs[0]])[...]
      } else {
        graph.initializers.append(
          .init(
            name: weightName, shape: weight.shape,
            data: .scaled(weight, by: fold.scale, name: weightName, source: weights.source)))
        inputs.append(addFloats(biasName, fold.bias))
      }
      folded.insert(index)
    } else {
      inputs[1] = try addWeights(node.name, shape: weight.shape)
      if c.hasBias { inputs.append(try addInitializer(node.name, "bias", shape: [c.outputs])) }
    }
    add(index, .convolution, inputs, [("group", .integer(groups))] + attributes(of: c, at: index))
  }

  /// Returns the filter size, the zero padding and the strides of the node at `index`.
  private func attributes(of c: Convolution, at index: Int) -> ONNXGraph.Attributes {
    let size = shapes[network.nodes[index].inputs[0]]
    let (top, bottom) = c.zeros(along: size.h)
    let (left, right) = c.zeros(along: size.w)
    return [
      ("kernel_shape", .integers([c.kernel, c.kernel])),
      ("pads", .integers([top, left, bottom, right])),
      ("strides", .integers([c.stride, c.stride])),
    ]
  }

  /// Returns the batch norm that is the only reader of a convolution's value.
  private func foldableNorm(after index: Int) -> (name: String, epsilon: Double)? {
    guard options.foldsBatchNorm, readers[index].count == 1 else { return nil }
    let reader = network.nodes[readers[index][0]]
    guard case .batchNorm(_, let epsilon) = reader.operation else { return nil }
    return (reader.name, epsilon)
  }

  private mutating func addActivation(_ index: Int, _ activation: Activation) {
    let node = network.nodes[index]
    let input = values[node.inputs[0]]
    if let codes = codes[index], activation.isRedundant(before: codes) {
      return values.append(input)
    }
    switch activation {
    case .identity:
      values.append(input)
    case .relu:
      add(index, .relu, [input])
    case .relu6:
      let bounds = [("relu6.min", 0 as Float), ("relu6.max", 6)]
      for (name, bound) in bounds where !graph.initializers.contains(where: { $0.name == name }) {
        let scalar = WeightTensor(shape: [], elements: [bound])
        graph.initializers.append(.init(name: name, shape: [], data: .stored(scalar)))
      }
      add(index, .clip, [input] + bounds.map(\.0))
    case .silu:
      let sigmoid = "\(node.name).sigmoid"
      graph.nodes.append(.init(name: sigmoid, type: .sigmoid, inputs: [input], output: sigmoid))
      // Behind codes, ONNX Runtime computes both operators in int8.
      let gate = valueCodes[input].map { _ in
        addCodes(of: sigmoid, named: sigmoid, Quantization.Codes(scale: 1 / 256, zeroPoint: 0))
      }
      add(index, .multiply, [input, gate ?? sigmoid])
    case .sigmoid:
      add(index, .sigmoid, [input])
    }
  }

  /// Adds a fully connected layer: the last one as a matrix product with the result (batch,
  /// classes), others as 1×1 convolutions.
  private mutating func addLinear(
    _ index: Int, inputs: Int, outputs: Int
  ) throws(WeightsError) {
    let node = network.nodes[index]
    let input = values[node.inputs[0]]
    guard index == network.nodes.indices.last else {
      let parameters = [
        try addWeights(node.name, shape: [outputs, inputs, 1, 1]),
        try addInitializer(node.name, "bias", shape: [outputs]),
      ]
      return add(index, .convolution, [input] + parameters, [("kernel_shape", .integers([1, 1]))])
    }
    let flat = "\(node.name).flatten"
    graph.nodes.append(
      .init(
        name: flat, type: .flatten, inputs: [input], output: flat,
        attributes: [("axis", .integer(1))]))
    let parameters = [
      try addWeights(node.name, shape: [outputs, inputs]),
      try addInitializer(node.name, "bias", shape: [outputs]),
    ]
    graph.nodes.append(
      .init(
        name: node.name, type: .gemm, inputs: [flat] + parameters, output: "logits",
        attributes: [("transB", .integer(1))]))
    values.append("logits")
    graph.outputs = [.init(name: "logits", shape: [batch, .value(outputs)])]
  }

  /// Adds the operator that computes the value of a node; both have the same name.
  private mutating func add(
    _ index: Int, _ type: ONNXGraph.Operator, _ inputs: [String],
    _ attributes: ONNXGraph.Attributes = []
  ) {
    let name = network.nodes[index].name
    graph.nodes.append(
      .init(name: name, type: type, inputs: inputs, output: name, attributes: attributes))
    graph.intermediates.append(.init(name: name, shape: dimensions(shapes[index])))
    values.append(name)
  }

  /// Adds a tensor of a layer without changes and returns its name.
  private mutating func addInitializer(
    _ layer: String, _ leaf: String, shape: [Int]
  ) throws(WeightsError) -> String {
    let name = "\(layer).\(leaf)"
    let tensor = try weights.required(name)
    graph.initializers.append(.init(name: name, shape: shape, data: .stored(tensor)))
    return name
  }

  /// Adds the weights of a layer without changes, as codes if they have them, and returns the name of
  /// their floats.
  private mutating func addWeights(_ layer: String, shape: [Int]) throws(WeightsError) -> String {
    let weight = try weights.required("\(layer).weight")
    guard let codes = weight.codes, let scales = weight.scales else {
      return try addInitializer(layer, "weight", shape: shape)
    }
    return addCodes("\(layer).weight", shape: shape, .int8(codes), scales)
  }

  private var batch: ONNXGraph.Dimension {
    switch options.batch {
    case .dynamic: .parameter("batch")
    case .fixed(let count): .value(count)
    }
  }

  private func dimensions(_ shape: Shape) -> [ONNXGraph.Dimension] {
    [batch, .value(shape.c), .value(shape.h), .value(shape.w)]
  }
}

extension Convolution {
  /// Returns the number of zeros before the first and after the last of `size` pixels.
  func zeros(along size: Int) -> (before: Int, after: Int) {
    let (outputs, before) = padding.extent(size: size, kernel: kernel, stride: stride)
    switch padding {
    case .same: return (before, max(0, (outputs - 1) * stride + kernel - size - before))
    case .symmetric: return (before, before)
    }
  }
}

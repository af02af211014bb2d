internal import EfficientNet
internal import EfficientNetCompute

extension ONNXNetwork {
  mutating func convolution(_ node: ONNXContents.Node) throws(FormatError) -> Value {
    let x = try output(node, 0)
    let weight = try floats(node, 1)
    func fits(_ index: Int, _ c: Convolution, groups: Int) -> Bool {
      weight.shape == [c.outputs, c.inputs / groups, c.kernel, c.kernel]
        && self.fits(node, c, x: shapes[graph.nodes[index].inputs[0]], groups: groups)
    }
    let found = readers(of: x).first { index in
      switch graph.nodes[index].operation {
      case .convolution(let c): fits(index, c, groups: 1)
      case .depthwiseConvolution(let c): fits(index, c, groups: c.outputs)
      case .linear(let inputs, let outputs):
        shapes[index].h * shapes[index].w == 1
          && fits(
            index,
            Convolution(
              inputs: inputs, outputs: outputs, kernel: 1, stride: 1, padding: .same,
              hasBias: true), groups: 1)
      case .input, .averagePool, .batchNorm, .activation, .globalAveragePool, .scale, .add,
        .dropout, .stochasticDepth:
        false
      }
    }
    guard let found else { throw refusal(node) }
    try addWeights(node, of: found, weight)
    return match(found)
  }

  mutating func linear(_ node: ONNXContents.Node) throws(FormatError) -> Value {
    let weight = try floats(node, 1)
    let layer = Graph.Operation.linear(
      inputs: weight.shape.last ?? 0, outputs: weight.shape.first ?? 0)
    let x = try output(node, 0)
    guard weight.shape.count == 2, let index = find([x], { $0 == layer }),
      node.attributes["transB"]?.integers == [1], node.attributes["transA"]?.integers ?? [0] == [0],
      node.attributes["alpha"]?.float ?? 1 == 1, node.attributes["beta"]?.float ?? 1 == 1
    else { throw refusal(node) }
    try addWeights(node, of: index, weight)
    return match(index)
  }

  /// Adds the weights and the bias of a layer.
  private mutating func addWeights(
    _ node: ONNXContents.Node, of index: Int, _ weight: WeightTensor
  ) throws(FormatError) {
    let name = graph.nodes[index].name
    // A fully connected layer may be a convolution of 1×1.
    let isLinear = weight.shape.count == 4 && graph.nodes[index].operation.isLinear
    tensors["\(name).weight"] = isLinear ? weight.matrix : weight
    guard node.inputs.count > 2 else { return }
    let bias = try floats(node, 2)
    guard bias.shape == [weight.shape[0]] else { throw refusal(node) }
    tensors["\(name).bias"] = bias
  }

  mutating func batchNorm(_ node: ONNXContents.Node) throws(FormatError) -> Value {
    let x = try output(node, 0)
    let epsilon = node.attributes["epsilon"]?.float ?? 1e-5
    let found = readers(of: x).first {
      if case .batchNorm(_, let own) = graph.nodes[$0].operation {
        Float(own) == epsilon
      } else {
        false
      }
    }
    guard let found, case .batchNorm(let channels, _) = graph.nodes[found].operation else {
      throw refusal(node)
    }
    guard node.attributes["training_mode"]?.integers ?? [0] == [0] else { throw refusal(node) }
    for (index, leaf) in ["weight", "bias", "running_mean", "running_var"].enumerated() {
      let tensor = try floats(node, index + 1)
      guard tensor.shape == [channels] else { throw refusal(node) }
      tensors["\(graph.nodes[found].name).\(leaf)"] = tensor
    }
    // A bias that the network does not have there is subtracted from the mean.
    let (layer, mean) = (
      graph.nodes[graph.nodes[found].inputs[0]], "\(graph.nodes[found].name).running_mean"
    )
    let bias = "\(layer.name).bias"
    if !layer.operation.parameters(layer: layer.name).contains(where: { $0.name == bias }),
      let means = tensors[mean], let biases = tensors.removeValue(forKey: bias)
    {
      tensors[mean] = WeightTensor(
        shape: means.shape, elements: zip(means.elements, biases.elements).map { $0 - $1 })
    }
    return match(found)
  }

  mutating func averagePool(_ node: ONNXContents.Node) throws(FormatError) -> Value {
    let x = try output(node, 0)
    let found = readers(of: x).first {
      guard case .averagePool(let c) = graph.nodes[$0].operation else { return false }
      return fits(node, c, x: shapes[graph.nodes[$0].inputs[0]], groups: 1)
    }
    guard let found, node.attributes["count_include_pad"]?.integers == [1] else {
      throw refusal(node)
    }
    return match(found)
  }

  /// Returns whether a node has the filter size, padding, stride and groups of a layer.
  private func fits(
    _ node: ONNXContents.Node, _ c: Convolution, x: Shape, groups: Int
  ) -> Bool {
    func list(_ name: String, _ otherwise: [Int]) -> [Int] {
      node.attributes[name]?.integers ?? otherwise
    }
    let (top, bottom) = c.zeros(along: x.h)
    let (left, right) = c.zeros(along: x.w)
    let padding = node.attributes["auto_pad"]?.text ?? "NOTSET"
    let pads = padding == "VALID" ? [0, 0, 0, 0] : list("pads", [0, 0, 0, 0])
    return list("kernel_shape", [c.kernel, c.kernel]) == [c.kernel, c.kernel]
      && list("strides", [1, 1]) == [c.stride, c.stride]
      && list("dilations", [1, 1]) == [1, 1] && list("group", [1]) == [groups]
      && list("ceil_mode", [0]) == [0]
      && ["NOTSET", "VALID", "SAME_UPPER"].contains(padding)
      && (padding == "SAME_UPPER" ? c.padding == .same : pads == [top, left, bottom, right])
  }
}

extension Graph.Operation {
  fileprivate var isLinear: Bool {
    if case .linear = self { true } else { false }
  }
}

extension WeightTensor {
  /// The weights of a 1×1 convolution as those of a fully connected layer.
  fileprivate var matrix: WeightTensor {
    let shape = Array(shape[..<2])
    guard let codes, let scales else { return WeightTensor(shape: shape, elements: elements) }
    return WeightTensor(shape: shape, codes: codes, scales: scales)
  }
}

internal import EfficientNet
internal import EfficientNetCompute

extension ONNXNetwork {
  /// Returns the value of a QuantizeLinear node.
  mutating func quantized(_ node: ONNXContents.Node) throws(FormatError) -> Value {
    let scales = try scales(node)
    guard node.inputs.count > 2,
      case .integers(let zeroPoints, _, let limits) = try constant(node, 2), limits.count == 256,
      let zeroPoint = zeroPoints.first
    else { throw refusal(node) }
    switch try input(node, 0) {
    case .coded, .other: throw refusal(node)
    case .constant(let constant):
      // Weights that are rounded when a program loads the file.
      guard case .floats(let tensor) = constant, tensor.isFinite, limits.contains(-1),
        zeroPoints.allSatisfy({ $0 == 0 }), isPerOutput(scales, of: tensor.shape, node)
      else { throw refusal(node) }
      try contents.keep(4 * tensor.count)
      let count = max(1, tensor.count / scales.count)
      let codes = tensor.elements.enumerated().map { index, element in
        Int32(min(max((element / scales[index / count]).rounded(.toNearestOrEven), -128), 127))
      }
      return .constant(.integers(codes, shape: tensor.shape, limits: limits))
    case .output, .sigmoid:
      guard scales.count == 1, zeroPoints.count == 1 else { throw refusal(node) }
      let value = try input(node, 0)
      let codes = Quantization.Codes(
        scale: scales[0], zeroPoint: Int(zeroPoint) - limits.lowerBound)
      if case .output(let index, _) = value {
        guard codes == self.codes[index, default: codes] else { throw refusal(node) }
        self.codes[index] = codes
        return .coded(.output(index, isRounded: true), codes)
      }
      return .coded(value, codes)
    }
  }

  /// Returns the value of a DequantizeLinear node.
  mutating func dequantized(_ node: ONNXContents.Node) throws(FormatError) -> Value {
    let scales = try scales(node)
    var zeroPoints: [Int32] = [0]
    var lowest = 0
    if node.inputs.count > 2, !node.inputs[2].isEmpty {
      guard case .integers(let integers, _, let limits) = try constant(node, 2) else {
        throw refusal(node)
      }
      (zeroPoints, lowest) = (integers, limits.lowerBound)
    }
    switch try input(node, 0) {
    case .output, .sigmoid, .other: throw refusal(node)
    case .coded(let value, let codes):
      guard scales == [codes.scale], zeroPoints.map({ Int($0) - lowest }) == [codes.zeroPoint]
      else {
        throw refusal(node)
      }
      return value
    case .constant(let constant):
      guard case .integers(let integers, let shape, let limits) = constant,
        zeroPoints.allSatisfy({ $0 == 0 }), isPerOutput(scales, of: shape, node)
      else { throw refusal(node) }
      try contents.keep(4 * (integers.count + (shape.first ?? 1)))
      let count = max(1, integers.count / scales.count)
      guard limits == -128...127, let outputs = shape.first, !integers.contains(-128) else {
        let floats = integers.enumerated().map { index, integer in
          Float(Double(integer) * Double(scales[index / count]))
        }
        return .constant(.floats(WeightTensor(shape: shape, elements: floats)))
      }
      return .constant(
        .floats(
          WeightTensor(
            shape: shape, codes: integers.map { Int8($0) },
            scales: scales.count == outputs
              ? scales : Array(repeating: scales[0], count: outputs))))
    }
  }

  /// Returns the scales of a node, one or a list, which are positive.
  private func scales(_ node: ONNXContents.Node) throws(FormatError) -> [Float] {
    let tensor = try floats(node, 1)
    let scales = tensor.elements
    guard tensor.shape.count <= 1, node.attributes["block_size"]?.integers ?? [0] == [0],
      !scales.isEmpty, scales.allSatisfy({ $0 > 0 && ($0 * 255).isFinite })
    else {
      throw refusal(node)
    }
    return scales
  }

  /// Returns whether there is one scale, or one for each output of a tensor of weights.
  private func isPerOutput(
    _ scales: [Float], of shape: [Int], _ node: ONNXContents.Node
  ) -> Bool {
    scales.count == 1
      || scales.count == shape.first
        && [[0], [-shape.count]].contains(node.attributes["axis"]?.integers ?? [1])
  }

  /// Adds batch norms that do nothing but add the biases for those that are folded.
  mutating func addFoldedNorms() {
    for (index, node) in graph.nodes.enumerated() where !isMatched.contains(index) {
      guard case .batchNorm(let channels, let epsilon) = node.operation else { continue }
      func set(_ leaf: String, _ elements: [Float]) {
        tensors["\(node.name).\(leaf)"] = WeightTensor(shape: [channels], elements: elements)
      }
      func all(_ element: Float) -> [Float] { Array(repeating: element, count: channels) }
      let layer = graph.nodes[node.inputs[0]]
      let bias = "\(layer.name).bias"
      set("bias", tensors.removeValue(forKey: bias)?.elements ?? all(0))
      set("weight", all(Float((1 + epsilon).squareRoot())))
      set("running_mean", all(0))
      set("running_var", all(1))
      if layer.operation.parameters(layer: layer.name).contains(where: { $0.name == bias }) {
        tensors[bias] = WeightTensor(shape: [channels], elements: all(0))
      }
    }
  }

  /// Returns the codes of the feature maps; nil for a network of floats, whose rounded weights
  /// become floats. Blocks none of whose weights have codes stay in floats.
  ///
  /// - Throws: ``FormatError/unsupported(_:)`` if other weights or maps have no codes.
  mutating func quantization(
    of architecture: Architecture, calibration: String
  ) throws(FormatError) -> Quantization? {
    let rounded = Set(tensors.filter { $0.value.scales != nil }.keys)
    let floats = architecture.roundedNames.filter { block in
      !graph.nodes.contains {
        $0.part.roundedName == block && rounded.contains("\($0.name).weight")
      }
    }
    let coded = graph.codedWeights(floats: floats)
    let isCoded = !rounded.isDisjoint(with: coded)
    let keepCodes = Set(isCoded ? graph.weightsWithCodes(floats: floats) : [])
    for (name, tensor) in tensors where !keepCodes.contains(name) {
      tensors[name] = tensor.withoutScales
    }
    guard isCoded else {
      guard codes.isEmpty else {
        throw .unsupported("has codes of feature maps, but no weights of 8 bits")
      }
      return nil
    }
    if let name = coded.first(where: { tensors[$0]?.scales == nil }) {
      throw .unsupported(
        "has no codes of 8 bits from -127 to 127 for \(WeightsError.quoted(name)), but for others")
    }
    var quantization = Quantization(maps: [:], calibration: calibration, floats: floats)
    let maps = architecture.codedMaps(floats: floats)
    for layer in graph.fusedLayers() {
      let name = graph.nodes[layer.node].name
      guard maps.contains(name) else { continue }
      quantization.maps[name] = try roundedCodes(of: layer.output, name)
    }
    // Rounding replaces an activation only if all nodes read the rounded outputs.
    for (index, node) in graph.nodes.enumerated() where canonical(index) != index {
      guard case .activation(let activation) = node.operation, activation != .identity else {
        continue
      }
      _ = try roundedCodes(of: index, node.name)
    }
    return quantization
  }

  /// Returns the codes of an output that no node reads without rounding.
  private func roundedCodes(
    of index: Int, _ name: String
  ) throws(FormatError) -> Quantization.Codes {
    guard let codes = codes[canonical(index)], !unrounded.contains(canonical(index)) else {
      throw .unsupported(
        "does not round the outputs of \(WeightsError.quoted(name)) for all nodes that read them")
    }
    return codes
  }
}

internal import EfficientNet
internal import EfficientNetCompute

extension ONNXGraphBuilder {
  /// Adds nodes that round a value to codes and make floats of them, and returns the name of these.
  mutating func addCodes(
    of value: String, named name: String, _ codes: Quantization.Codes
  ) -> String {
    let parameters = ["\(name).scale", "\(name).zero_point"]
    let scale = WeightTensor(shape: [], elements: [codes.scale])
    let zeroPoint = [UInt8(codes.zeroPoint)]
    graph.initializers += [
      .init(name: parameters[0], shape: [], data: .stored(scale)),
      .init(name: parameters[1], shape: [], data: .uint8(zeroPoint)),
    ]
    let (integers, floats) = ("\(name).codes", "\(name).dequantized")
    graph.nodes += [
      .init(
        name: integers, type: .quantizeLinear, inputs: [value] + parameters, output: integers),
      .init(
        name: floats, type: .dequantizeLinear, inputs: [integers] + parameters, output: floats),
    ]
    valueCodes[floats] = codes
    return floats
  }

  /// Adds integers with a scale for each output and a node that makes floats of them, and returns
  /// the name of these.
  mutating func addCodes(
    _ name: String, shape: [Int], _ integers: ONNXTensorData, _ scales: [Float]
  ) -> String {
    let zeros: ONNXTensorData =
      integers.type == .int8
      ? .int8(scales.map { _ in 0 }) : .int32(scales.map { _ in 0 })
    graph.initializers.append(.init(name: name, shape: shape, data: integers))
    let scale = addFloats("\(name)_scale", scales)
    let zeroPoint = "\(name)_zero_point"
    graph.initializers.append(.init(name: zeroPoint, shape: [scales.count], data: zeros))
    let floats = "\(name).dequantized"
    graph.nodes.append(
      .init(
        name: floats, type: .dequantizeLinear, inputs: [name, scale, zeroPoint], output: floats,
        attributes: [("axis", .integer(0))]))
    return floats
  }

  /// Adds the weights, which have codes, and the bias of a convolution with batch norm folded in, and
  /// returns the names of their floats.
  ///
  /// - Parameter input: The codes that the convolution reads; nil for one that reads floats.
  /// - Throws: ``WeightsError/nonFinite(name:source:)`` for a scale that is not finite.
  mutating func addCodes(
    _ layer: String, _ weight: WeightTensor, _ fold: BatchNormFold, input: Quantization.Codes?
  ) throws(WeightsError) -> [String] {
    let hasIntegerBias = options.runtime == .onnxRuntime && input != nil
    let inputScale = input?.scale ?? 1
    var codes = weight.codes ?? []
    let count = codes.count / fold.scale.count
    var scales = zip(weight.scales ?? [], fold.scale).map { $0 * $1 }
    for (o, factor) in scales.enumerated() {
      // A bias is an integer of 32 bits in units of both scales, so an output with tiny weights gets
      // a larger scale. A scale is positive.
      let bias = hasIntegerBias ? abs(fold.bias[o]) / 0x1p30 : 0
      scales[o] = max(abs(factor), max(bias, 1e-30) / inputScale)
      guard scales[o].isFinite else {
        throw .nonFinite(name: "\(layer).weight", source: weights.source)
      }
      let part = factor / scales[o]
      if part != 1 {
        for index in o * count..<(o + 1) * count {
          codes[index] = Int8((Float(codes[index]) * part).rounded())
        }
      }
    }
    let bias = "\(layer).bias"
    return [
      addCodes("\(layer).weight", shape: weight.shape, .int8(codes), scales),
      hasIntegerBias
        ? addCodes(
          bias, shape: [scales.count],
          .int32(
            zip(fold.bias, scales).map {
              Int32((Double($0) / Double(inputScale * $1)).rounded(.toNearestOrEven))
            }), scales.map { inputScale * $0 })
        : addFloats(bias, fold.bias),
    ]
  }

  /// Adds a vector of floats and returns its name.
  mutating func addFloats(_ name: String, _ elements: [Float]) -> String {
    let tensor = WeightTensor(shape: [elements.count], elements: elements)
    graph.initializers.append(.init(name: name, shape: tensor.shape, data: .stored(tensor)))
    return name
  }
}

extension Activation {
  /// Returns whether rounding to these codes does what the function does.
  func isRedundant(before codes: Quantization.Codes) -> Bool {
    switch self {
    case .identity: true
    case .relu: codes.zeroPoint == 0
    case .relu6: codes.zeroPoint == 0 && (6 / codes.scale).rounded(.toNearestOrEven) >= 255
    case .silu, .sigmoid: false
    }
  }
}

internal import EfficientNet

extension Weights {
  /// Adds to a layer's bias what its rounded weights take from the mean of each output before the
  /// activation.
  ///
  /// - Parameters:
  ///   - original: The weights before rounding.
  ///   - means: The mean of each input channel.
  /// - Source: Nagel et al. 2019, Data-free quantization through weight equalization and bias
  ///   correction, section 4.2, with measured means.
  mutating func correctBias(
    of layer: QuantizedLayer, original: Weights, inputs means: [Double], epsilon: Double
  ) throws {
    let name = "\(layer.name).weight"
    let outputs = try original.required(name).shape[0]
    let (exact, rounded) = try (original.required(name).elements, required(name).elements)
    let perOutput = exact.count / outputs
    let taps = layer.isDepthwise ? perOutput : perOutput / means.count
    let errors = (0..<outputs).map { output in
      (0..<perOutput).reduce(0.0) { error, k in
        let place = output * perOutput + k
        let mean = means[layer.isDepthwise ? output : k / taps]
        return error + Double(exact[place] - rounded[place]) * mean
      }
    }
    let fold = try BatchNormFold(layer.norm, epsilon: epsilon, bias: nil, weights: original)
    let bias = try required("\(layer.norm).bias")
    let corrected = bias.elements.indices.map {
      Float(Double(bias.elements[$0]) + errors[$0] * Double(fold.scale[$0]))
    }
    tensors["\(layer.norm).bias"] = WeightTensor(shape: bias.shape, elements: corrected)
  }
}

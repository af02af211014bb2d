internal import EfficientNet
internal import EfficientNetCompute

extension Graph {
  /// Returns the codes of the outputs of nodes: those of the feature maps and, for ONNX Runtime, one
  /// for each convolution whose sums are not a feature map yet.
  ///
  /// ONNX Runtime computes a convolution in int8 only if a QuantizeLinear alone reads its output;
  /// ReLU may lie between them.
  func codes(
    _ quantization: Quantization, weights: Weights, for runtime: ONNXOptions.Runtime
  ) throws(WeightsError) -> [Int: Quantization.Codes] {
    var codes: [Int: Quantization.Codes] = [:]
    let layers = fusedLayers()
    for layer in layers { codes[layer.output] = quantization.maps[nodes[layer.node].name] }
    guard runtime == .onnxRuntime else { return codes }
    for layer in layers {
      guard let norm = layer.norm,
        weights.tensors["\(nodes[layer.node].name).weight"]?.scales != nil
      else { continue }
      let next = layer.nodes.first { $0 > norm }
      var (place, limit) = (norm, Float.infinity)
      switch next.map({ nodes[$0].operation }) {
      case .activation(.relu): (place, limit) = (next ?? norm, .infinity)
      case .activation(.relu6): (place, limit) = (next ?? norm, 6)
      default: break
      }
      guard codes[place] == nil else { continue }
      // Nearly all values of a channel lie within 6 standard deviations, those of its batch norm.
      let means = try weights.required("\(nodes[norm].name).bias").elements
      let deviations = try weights.required("\(nodes[norm].name).weight").elements
      var low = zip(means, deviations).reduce(0) { min($0, $1.0 - 6 * abs($1.1)) }
      var high = zip(means, deviations).reduce(0) { max($0, $1.0 + 6 * abs($1.1)) }
      let output = codes[layer.output]
      if place != norm {
        (low, high) = (0, min(high, limit))
      } else if layer.activation == .silu, !layer.activatesSum {
        if let output, layer.residual == nil {
          (low, high) = output.inputsOfSiLU
        } else {
          low = max(low, Float(InverseSiLU.falling(-0.5 * Double(high) / 255)))
        }
      } else if ![.silu, .sigmoid].contains(layer.activation), let output,
        let residual = layer.residual.flatMap({ codes[$0] })
      {
        // The sum is limited to the codes of the output.
        low = max(low, output.low - residual.high)
        high = min(high, output.high - residual.low)
      }
      guard (high - low).isFinite else {
        throw .nonFinite(name: "\(nodes[norm].name).weight", source: weights.source)
      }
      codes[place] = Quantization.Codes(from: min(low, 0), to: max(high, 0))
    }
    return codes
  }
}

extension Quantization.Codes {
  fileprivate var low: Float { -scale * Float(zeroPoint) }
  fileprivate var high: Float { scale * Float(255 - zeroPoint) }

  /// The range of the inputs of SiLU whose outputs these codes distinguish.
  fileprivate var inputsOfSiLU: (low: Float, high: Float) {
    // SiLU falls from 0 to its least value and then rises. If the codes reach the least value, inputs
    // on both sides of it occur.
    let low =
      Double(self.low) < InverseSiLU.least + Double(scale)
      ? InverseSiLU.falling(-0.5 * Double(scale)) : InverseSiLU.rising(Double(self.low))
    return (Float(low), Float(InverseSiLU.rising(Double(high))))
  }
}

/// The inputs of SiLU for an output, on both sides of its least value.
private enum InverseSiLU {
  static let placeOfLeast = -1.278_464_5
  static let least = Activation.silu.exact(placeOfLeast)

  /// Returns the input from −40 to the place of the least value.
  static func falling(_ y: Double) -> Double {
    bisection(-40, placeOfLeast) { Activation.silu.exact($0) > y }
  }

  /// Returns the input above the place of the least value. SiLU is at most 0.2785 below its input.
  static func rising(_ y: Double) -> Double {
    bisection(placeOfLeast, max(y, 0) - least) { Activation.silu.exact($0) < y }
  }

  /// Returns the end of the part of a range, beginning at its low end, for which `isBefore` is true.
  private static func bisection(
    _ low: Double, _ high: Double, _ isBefore: (Double) -> Bool
  ) -> Double {
    var (low, high) = (low, high)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if isBefore(middle) { low = middle } else { high = middle }
    }
    return high
  }
}

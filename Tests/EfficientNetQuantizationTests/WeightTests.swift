import EfficientNet
import EfficientNetTestSupport
import Testing

@testable import EfficientNetQuantization

@Suite("Rounding of weights")
struct WeightTests {
  /// Four inputs of nine taps. One output has an outlier, and one is zero.
  private static let tensor: WeightTensor = {
    var elements = Formula.tensor("w.weight", shape: [5, 4, 3, 3]).elements
    elements[40] = 3
    for index in 72..<108 { elements[index] = 0 }
    return WeightTensor(shape: [5, 4, 3, 3], elements: elements)
  }()

  /// The squared error of each output, weighted by the inputs' mean squares.
  private func errors(_ rounded: WeightTensor, _ meanSquares: [Double]?) -> [Double] {
    (0..<5).map { output in
      (0..<36).reduce(0) { sum, k in
        let place = output * 36 + k
        let difference = Double(Self.tensor.elements[place] - rounded.elements[place])
        return sum + (meanSquares?[k / 9] ?? 1) * difference * difference
      }
    }
  }

  @Test("codes are nearest, and clipping makes no output worse", arguments: [false, true])
  func rounding(isWeighted: Bool) throws {
    let meanSquares = isWeighted ? [0.01, 1, 4, 0] : nil
    let plain = Self.tensor.rounded(meanSquares: meanSquares, clips: false)
    let clipped = Self.tensor.rounded(meanSquares: meanSquares, clips: true)
    for rounded in [plain, clipped] {
      #expect(rounded.shape == Self.tensor.shape && rounded.scales?.count == 5)
      #expect(try #require(rounded.codes).allSatisfy { -127...127 ~= $0 })
      #expect(rounded.elements[72..<108].allSatisfy { $0 == 0 })
    }
    let scales = try #require(plain.scales)
    for (index, weight) in Self.tensor.elements.enumerated() {
      #expect(abs(weight - plain.elements[index]) <= 0.501 * scales[index / 36])
    }
    let (before, after) = (errors(plain, meanSquares), errors(clipped, meanSquares))
    #expect(zip(after, before).allSatisfy { $0 <= $1 * 1.000001 })
    #expect(after.reduce(0, +) <= before.reduce(0, +))
  }

  @Test(
    "corrected biases give the exact outputs of constant inputs",
    arguments: ["tiny-silu", "tiny-fused", "tiny-article", "tiny-pool"])
  func biases(name: String) throws {
    let architecture = try #require(Architecture.tiny.first { $0.name == name })
    let exact = Formula.weights(of: architecture)
    for layer in QuantizedLayer.all(of: architecture) {
      let name = "\(layer.name).weight"
      var rounded = exact
      let tensor = try exact.required(name)
      rounded.tensors[name] = tensor.rounded(meanSquares: nil, clips: true)
      let count = tensor.shape[layer.isDepthwise ? 0 : 1]
      let means = Formula.unit(layer.name, count: count).map { $0 + 1 }
      func outputs(_ weights: Weights) throws -> [Double] {
        try Self.outputs(of: layer, weights, architecture.batchNormEpsilon, inputs: means)
      }
      func error(_ weights: Weights) throws -> Double {
        try zip(outputs(weights), outputs(exact)).reduce(0) { max($0, abs($1.0 - $1.1)) }
      }
      let before = try error(rounded)
      try rounded.correctBias(
        of: layer, original: exact, inputs: means, epsilon: architecture.batchNormEpsilon)
      let after = try error(rounded)
      #expect(before > 1e-4 && after < 2e-6, "\(layer.name)")
    }
  }

  /// The outputs of a layer before the activation, away from edges.
  private static func outputs(
    of layer: QuantizedLayer, _ weights: Weights, _ epsilon: Double, inputs: [Double]
  ) throws -> [Double] {
    let tensor = try weights.required("\(layer.name).weight")
    let perOutput = tensor.elements.count / tensor.shape[0]
    let taps = layer.isDepthwise ? perOutput : perOutput / inputs.count
    let fold = try BatchNormFold(layer.norm, epsilon: epsilon, bias: nil, weights: weights)
    return (0..<tensor.shape[0]).map { output in
      let sum = (0..<perOutput).reduce(0.0) { sum, k in
        sum + Double(tensor.elements[output * perOutput + k])
          * inputs[layer.isDepthwise ? output : k / taps]
      }
      return sum * Double(fold.scale[output]) + Double(fold.bias[output])
    }
  }
}

internal import EfficientNet

extension Model {
  /// How much an error of each channel of a feature map changes the outputs of the layers that read it,
  /// by the name of the layer that computes the map: the sum of the squares of the weights that read
  /// the channel, with their batch norm.
  ///
  /// A map that only a gate reads has the importance of the gated map. A map that a sum or a pool alone
  /// reads has none. Sums in blocks do not count.
  ///
  /// - Throws: `WeightsError`.
  func channelImportance() throws -> [String: [Double]] {
    let architecture = description.architecture
    var importance: [String: [Double]] = [:]
    for layer in QuantizedLayer.all(of: architecture) {
      let weight = try weights.required("\(layer.name).weight")
      let fold = try BatchNormFold(
        layer.norm, epsilon: architecture.batchNormEpsilon, bias: nil, weights: weights)
      // (output, input, height, width)
      let (outputs, inputs) = (weight.shape[0], weight.shape[1])
      let taps = weight.elements.count / (outputs * inputs)
      var sums = Array(repeating: 0.0, count: layer.isDepthwise ? outputs : inputs)
      for (place, element) in weight.elements.enumerated() {
        let (output, input) = (place / (inputs * taps), place / taps % inputs)
        let factor = Double(element) * Double(fold.scale[output])
        sums[layer.isDepthwise ? output : input] += factor * factor
      }
      importance[layer.input] = importance[layer.input].map { zip($0, sums).map(+) } ?? sums
    }
    let graph = Graph(architecture)
    let layers = graph.fusedLayers()
    for gate in layers {
      guard case .scale = graph.nodes[gate.node].operation,
        let map = layers.first(where: { $0.output == graph.nodes[gate.node].inputs[0] })
      else { continue }
      importance[graph.nodes[map.node].name] = importance[graph.nodes[gate.node].name]
    }
    return importance
  }
}

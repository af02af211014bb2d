/// What a network's layers are and cost, for one image: what `effnet summary` prints.
package struct NetworkSummary: Encodable {
  package struct Layer: Encodable {
    package let name, operation: String
    /// Height, width, channels.
    package let output: [Int]
    package let parameters, macs, activationBytes: Int
  }

  package let model: String
  package let input: [Int]
  package let classes, parameters, macs: Int
  /// Of all layers together, as training without recomputation would keep them.
  package let activationBytes: Int
  package let layers: [Layer]

  package init(_ architecture: Architecture) {
    let graph = Graph(architecture)
    let shapes = graph.shapes(input: architecture.inputShape)
    let macs = graph.multiplyAdds(input: architecture.inputShape)
    layers = zip(graph.nodes, zip(shapes, macs)).dropFirst().map { node, cost in
      let (shape, macs) = cost
      let parameters = node.operation.parameters(layer: node.name)
      return Layer(
        name: node.name, operation: node.operation.summary,
        output: [shape.h, shape.w, shape.c],
        parameters: parameters.reduce(0) { $0 + ($1.isTrainable ? $1.count : 0) }, macs: macs,
        activationBytes: 4 * shape.count)
    }
    model = architecture.name
    input = [architecture.resolution, architecture.resolution, architecture.inputChannels]
    classes = architecture.classes
    parameters = graph.parameterCount
    self.macs = macs.reduce(0, +)
    activationBytes = layers.reduce(0) { $0 + $1.activationBytes }
  }

  package var csvLines: [String] {
    let rows = layers.map { layer in
      "\(layer.name),\"\(layer.operation)\",\(layer.output.map(String.init).joined(separator: "x")),"
        + "\(layer.parameters),\(layer.macs),\(layer.activationBytes)"
    }
    return ["name,operation,output,parameters,macs,activation_bytes"] + rows
  }
}

extension Graph.Operation {
  /// A few words.
  fileprivate var summary: String {
    switch self {
    case .input: "input"
    case .convolution(let c):
      "conv \(c.kernel)×\(c.kernel)" + (c.stride > 1 ? " /\(c.stride)" : "")
    case .depthwiseConvolution(let c):
      "depthwise \(c.kernel)×\(c.kernel)" + (c.stride > 1 ? " /\(c.stride)" : "")
    case .averagePool(let c):
      "average pool \(c.kernel)×\(c.kernel)" + (c.stride > 1 ? " /\(c.stride)" : "")
    case .batchNorm: "batch norm"
    case .activation(let activation): activation.rawValue
    case .globalAveragePool: "average pool"
    case .scale: "scale"
    case .add: "add"
    case .dropout(let rate): "dropout \(rate)"
    case .stochasticDepth(let rate):
      "stochastic depth 0.\(String(Int((1000 * rate).rounded()) + 1000).dropFirst())"
    case .linear: "linear"
    }
  }
}

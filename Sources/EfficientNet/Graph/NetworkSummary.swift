/// The layers of a network with the cost of each for one image, as `effnet summary` prints them.
///
///     for layer in NetworkSummary(try Variant(named: "b0").architecture).layers {
///       print(layer.name, layer.operation, layer.output, layer.macs)
///     }
///     // conv_stem conv 3×3 /2 [112, 112, 32] 10838016
///
/// ``NetworkCost`` has the totals.
public struct NetworkSummary: Encodable, Sendable {
  /// One operation of the network.
  public struct Layer: Encodable, Sendable {
    /// The name of the layer, which is also the prefix of its weights' names.
    public let name: String
    /// The operation in a few words, for instance "conv 3×3 /2".
    public let operation: String
    /// The height, width and channels of the output.
    public let output: [Int]
    /// The number of trainable weights.
    public let parameters: Int
    /// The multiply-accumulate operations.
    public let macs: Int
    package let activationBytes: Int
  }

  package let model: String
  package let input: [Int]
  package let classes, parameters, macs: Int
  /// The size of all layers' outputs in bytes; see ``NetworkCost/activationBytes``.
  package let activationBytes: Int
  /// The layers in the order of computation.
  public let layers: [Layer]

  /// Summarizes a network.
  ///
  /// - Parameter architecture: The network; ``Architecture/validate()`` must accept it.
  public init(_ architecture: Architecture) {
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
      "\(layer.name),\"\(layer.operation)\","
        + "\(layer.output.map(String.init).joined(separator: "x")),"
        + "\(layer.parameters),\(layer.macs),\(layer.activationBytes)"
    }
    return ["name,operation,output,parameters,macs,activation_bytes"] + rows
  }
}

extension Graph.Operation {
  /// The operation in a few words.
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

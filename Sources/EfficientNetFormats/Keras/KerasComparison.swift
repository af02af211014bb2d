internal import EfficientNet
internal import EfficientNetCompute

/// The comparison of a network with a Keras configuration, layer by layer from the output back to
/// the input.
///
/// Every layer must compute the same function, with the same settings, of the same inputs.
struct KerasComparison {
  /// The parts of the configuration before and behind the network.
  struct Ends {
    /// The layers before the network, in order.
    var steps: [KerasStep] = []
    /// The activation behind the classifier: "softmax", "sigmoid" or nil.
    var output: String?
  }

  let network: Architecture
  let keras: KerasGraph
  private let graph: Graph
  private let shapes: [Shape]
  /// The Keras layer of each of our layers with tensors. The classifier may have any name.
  private let layers: [String: String]

  init(_ network: Architecture, naming: NameMap, to keras: KerasGraph) {
    (self.network, self.keras) = (network, keras)
    graph = Graph(network)
    shapes = graph.shapes(input: network.inputShape)
    var layers: [String: String] = [:]
    for stored in naming.parameters(of: network) {
      let (ours, theirs) = (stored.parameter.name, stored.name)
      guard let dot = ours.lastIndex(of: "."), let slash = theirs.lastIndex(of: "/") else {
        continue
      }
      layers[String(ours[..<dot])] = String(theirs[..<slash])
    }
    layers["classifier"] = nil
    self.layers = layers
  }

  /// Compares the whole configuration and returns the parts before and behind the network.
  ///
  /// - Throws: ``WeightsError``, which names the layer and the setting that differ.
  func ends() throws(WeightsError) -> Ends {
    var ends = Ends()
    var (ours, theirs) = (graph.nodes.count - 1, keras.output)
    try passOutputActivations(&theirs, &ends)
    if case .globalAveragePool = graph.nodes[ours].operation,
      !keras.nodes[theirs].className.contains("Pooling")
    {
      // A model without a classifier may end before its pooling.
      ours = graph.nodes[ours].inputs[0]
    }
    var counterparts: [Int: Int] = [:]
    var pending = [(ours: ours, theirs: theirs)]
    while let next = pending.popLast() {
      let (ours, theirs) = (computing(next.ours), try keras.computing(next.theirs))
      if let earlier = counterparts[ours] {
        if earlier != theirs { throw differs(ours, theirs) }
        continue
      }
      counterparts[ours] = theirs
      let node = graph.nodes[ours]
      if case .input = node.operation {
        ends.steps = try keras.steps(before: theirs)
        continue
      }
      var inputs = try check(ours, theirs)
      guard inputs.count == node.inputs.count else { throw differs(ours, theirs) }
      if inputs.count == 2, !isSimilar(node.inputs[0], inputs[0]),
        isSimilar(node.inputs[1], inputs[0])
      {
        inputs.swapAt(0, 1)  // sums and products are commutative
      }
      pending += zip(node.inputs, inputs).map { (ours: $0, theirs: $1) }
    }
    return ends
  }

  /// Skips the activations behind the last layer.
  private func passOutputActivations(
    _ theirs: inout Int, _ ends: inout Ends
  ) throws(WeightsError) {
    while true {
      theirs = try keras.computing(theirs)
      let node = keras.nodes[theirs]
      let activation: String
      switch node.className {
      case "Softmax":
        try keras.check(node, ["axis": [-1, [-1]]])
        activation = "softmax"
      case "Activation":
        guard let name = node.settings["activation"]?.text,
          ["softmax", "sigmoid"].contains(name)
        else {
          guard case .linear = graph.nodes[graph.nodes.count - 1].operation else { return }
          throw keras.refusal(
            "it ends in \(node.settings["activation"] ?? .null); "
              + "supported are softmax, sigmoid and linear")
        }
        activation = name
      default: return
      }
      guard ends.output == nil, network.classes > 0 else {
        throw keras.refusal(
          "\(node.title) is \(network.classes > 0 ? "a second" : "an") activation behind the "
            + (network.classes > 0 ? "classifier" : "features"))
      }
      ends.output = activation
      theirs = node.inputs.first ?? theirs
    }
  }

  /// Returns the node that computes a node's value, since some nodes compute nothing outside
  /// training.
  private func computing(_ ours: Int) -> Int {
    var ours = ours
    while true {
      switch graph.nodes[ours].operation {
      case .dropout, .stochasticDepth, .activation(.identity): ours = graph.nodes[ours].inputs[0]
      case .input, .convolution, .depthwiseConvolution, .averagePool, .batchNorm, .activation,
        .globalAveragePool, .scale, .add, .linear:
        return ours
      }
    }
  }

  /// Returns whether a Keras node can be the counterpart of ours.
  private func isSimilar(_ ours: Int, _ theirs: Int) -> Bool {
    guard let theirs = try? keras.computing(theirs) else { return false }
    let ours = graph.nodes[computing(ours)]
    let node = keras.nodes[theirs]
    if let name = layers[ours.name] { return name == node.name }
    return hasClass(node, of: ours.operation)
  }

  private func hasClass(_ layer: KerasGraph.Node, of operation: Graph.Operation) -> Bool {
    if case .activation(let activation) = operation { return layer.activation == activation }
    return Self.counterpart(of: operation).classes.contains(layer.className)
  }

  /// Returns an operation's name in messages, and the Keras classes that compute it, except
  /// activations.
  private static func counterpart(
    of operation: Graph.Operation
  ) -> (words: String, classes: [String]) {
    switch operation {
    case .input: ("its input", [])
    case .convolution: ("the convolution", ["Conv2D"])
    case .depthwiseConvolution: ("the depthwise convolution", ["DepthwiseConv2D"])
    case .averagePool: ("an average pooling", [])
    case .batchNorm: ("the batch norm", ["BatchNormalization", "SyncBatchNormalization"])
    case .activation(let activation): ("the activation \(activation.rawValue)", [])
    case .globalAveragePool: ("global average pooling", ["GlobalAveragePooling2D"])
    case .scale: ("the gate of squeeze-and-excitation", ["Multiply"])
    case .add: ("a sum", ["Add"])
    case .dropout, .stochasticDepth: ("dropout", [])
    case .linear: ("the fully connected layer", ["Dense"])
    }
  }

  /// Checks that a Keras layer computes the same as ours.
  ///
  /// - Returns: The nodes that the Keras layer reads.
  private func check(_ ours: Int, _ theirs: Int) throws(WeightsError) -> [Int] {
    let (node, layer) = (graph.nodes[ours], keras.nodes[theirs])
    if case .averagePool = node.operation {
      throw keras.refusal("\(network.name) pools the input of a block, which Keras does not do")
    }
    guard hasClass(layer, of: node.operation), layers[node.name] ?? layer.name == layer.name else {
      throw differs(ours, theirs)
    }
    switch node.operation {
    case .convolution(let c):
      return try check(
        layer, c, reading: node.inputs[0], ["filters": [number(c.outputs)], "groups": [1]])
    case .depthwiseConvolution(let c):
      return try check(layer, c, reading: node.inputs[0], ["depth_multiplier": [1], "groups": [1]])
    case .batchNorm(_, let epsilon):
      try keras.check(
        layer,
        [
          "axis": [-1, 3, [3], [-1]], "epsilon": [.number(epsilon)], "center": [true],
          "scale": [true], "renorm": [false], "synchronized": [false, true],
          "fused": [true, false],
        ])
    case .activation:
      try keras.check(
        layer, [:], reads: ["activation", "max_value", "negative_slope", "threshold"])
    case .globalAveragePool:
      try keras.check(layer, ["keepdims": [false, true], "data_format": Self.channelsLast])
    case .scale, .add: try keras.check(layer, [:])
    case .linear(_, let outputs):
      try keras.check(
        layer, ["units": [number(outputs)], "use_bias": [true]], reads: ["activation"])
    case .input, .averagePool, .dropout, .stochasticDepth:
      preconditionFailure("\(node.name) is not compared")
    }
    return layer.inputs
  }

  private static let channelsLast: [KerasSetting] = ["channels_last", .null]

  private func number(_ integer: Int) -> KerasSetting { .number(Double(integer)) }

  /// Checks a convolution, together with a layer that adds its zero padding in front.
  ///
  /// - Returns: The nodes that the convolution or the padding layer reads.
  private func check(
    _ layer: KerasGraph.Node, _ c: Convolution, reading input: Int,
    _ others: [String: [KerasSetting]]
  ) throws(WeightsError) -> [Int] {
    let size = shapes[input].h
    let (outputs, before) = c.padding.extent(size: size, kernel: c.kernel, stride: c.stride)
    let (k, s) = (number(c.kernel), number(c.stride))
    var expected = others
    expected["kernel_size"] = [[k, k]]
    expected["strides"] = [[s, s]]
    expected["dilation_rate"] = [[1, 1]]
    expected["data_format"] = Self.channelsLast
    expected["use_bias"] = [.bool(c.hasBias)]
    let isPadded = c.kernel > 1 && layer.settings["padding"] ?? "valid" == "valid"
    let same: [KerasSetting] = c.padding == .same || c.kernel == 1 ? ["same"] : []
    expected["padding"] = isPadded || c.kernel == 1 ? same + ["valid"] : same
    // The activation is a separate node.
    try keras.check(layer, expected, reads: ["activation"])
    guard isPadded, let front = layer.inputs.first else { return layer.inputs }
    let padding = keras.nodes[try keras.computing(front)]
    guard padding.className == "ZeroPadding2D" else {
      throw keras.refusal(
        "\(layer.title) has padding 'valid' and no ZeroPadding2D in front, "
          + "where \(network.name) pads")
    }
    let needed = max(0, (outputs - 1) * c.stride + c.kernel - size - before)
    let zeros: [KerasSetting] = (needed..<needed + c.stride).filter {
      (size + before + $0 - c.kernel) / c.stride + 1 == outputs
    }.map { .list([number(before), number($0)]) }
    try keras.check(
      padding, ["padding": zeros.map { [$0, $0] }, "data_format": Self.channelsLast])
    return padding.inputs
  }

  /// Returns the error for a layer that differs from our network's layer.
  private func differs(_ ours: Int, _ theirs: Int) -> WeightsError {
    let node = graph.nodes[ours]
    let what = Self.counterpart(of: node.operation).words
    let name = layers[node.name].map { " \(WeightsError.quoted($0))" } ?? ""
    let layer = keras.nodes[theirs]
    let activation =
      layer.className == "Activation" ? " \(layer.settings["activation"] ?? .null)" : ""
    return keras.refusal("\(layer.title)\(activation) is where \(network.name) has \(what)\(name)")
  }
}

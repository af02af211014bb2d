/// The tensor names and layouts of another framework.
///
///     let weights = try NameMap.lukemelas.canonical(file, for: architecture)
///
/// This library's names and layouts are timm's, with PyTorch's order for convolutions: (output,
/// input, height, width).
package enum NameMap: String, Hashable, Sendable, CaseIterable {
  /// timm: "conv_stem.weight", "blocks.0.0.conv_dw.weight".
  case timm
  /// torchvision's EfficientNet: "features.0.0.weight", "features.1.0.block.0.0.weight".
  case torchvision
  /// torchvision's MobileNetV2: "features.0.0.weight", "features.1.conv.0.0.weight".
  case torchvisionMobileNet
  /// torchvision's MNASNet: "layers.0.weight", "layers.8.0.layers.0.weight".
  case torchvisionMnasNet
  /// lukemelas' EfficientNet-PyTorch: "_conv_stem.weight", "_blocks.0._depthwise_conv.weight".
  case lukemelas
  /// Keras' applications: "stem_conv/kernel", "block1a_dwconv/kernel".
  case keras
  /// Keras' applications of EfficientNetV2: "stem_conv/kernel", "block4a_dwconv2/kernel".
  case kerasV2
  /// Keras' unnamed layers, counted by class: "conv2d/kernel", "depthwise_conv2d_3/kernel".
  case kerasNumbered

  /// Returns the map whose characteristic names occur among the tensors; nil if there is none.
  package static func detected(in weights: Weights) -> NameMap? {
    allCases.first { map in map.telltales.allSatisfy { weights.tensors[$0] != nil } }
  }

  /// Tensor names that together occur in no other map.
  var telltales: [String] {
    switch self {
    case .timm: ["conv_stem.weight"]
    case .torchvision: ["features.0.0.weight", "features.1.0.block.0.0.weight"]
    case .torchvisionMobileNet: ["features.0.0.weight", "features.1.conv.0.0.weight"]
    case .torchvisionMnasNet: ["layers.0.weight", "layers.8.0.layers.0.weight"]
    case .lukemelas: ["_conv_stem.weight"]
    case .keras: ["stem_conv/kernel", "block1a_dwconv/kernel"]
    case .kerasV2: ["stem_conv/kernel", "block1a_project_conv/kernel"]
    case .kerasNumbered: ["conv2d/kernel", "batch_normalization/gamma"]
    }
  }

  /// Returns torchvision's map for this kind of network; nil if torchvision has no such networks.
  package static func torchvision(for architecture: Architecture) -> NameMap? {
    guard architecture.head != nil else { return nil }
    let stages = architecture.stages
    let isEfficientNet = stages.allSatisfy { stage in
      switch stage.block {
      case .mbConv: stage.squeeze != nil
      case .fusedMBConv: stage.squeeze == nil && stage.expandedFrom == nil
      case .articleMBConv, .separable, .bottleneck: false
      }
    }
    if isEfficientNet { return architecture.activation == .silu ? .torchvision : nil }
    guard stages.allSatisfy({ $0.block == .mbConv && $0.squeeze == nil }) else { return nil }
    switch architecture.activation {
    case .relu:
      let isMnasNet =
        stages.first?.expand == 1 && stages.first?.repeats == 1
        && stages.dropFirst().allSatisfy { $0.expand > 1 }
      return isMnasNet ? .torchvisionMnasNet : nil
    case .relu6: return stages.allSatisfy { $0.kernel == 3 } ? .torchvisionMobileNet : nil
    case .identity, .silu, .sigmoid: return nil
    }
  }

  /// The program that uses these names, for messages.
  package var program: String {
    switch self {
    case .timm: "timm"
    case .torchvision, .torchvisionMobileNet, .torchvisionMnasNet: "torchvision"
    case .lukemelas: "EfficientNet-PyTorch"
    case .keras, .kerasV2, .kerasNumbered: "Keras"
    }
  }

  /// Returns the other program's name for each layer that it names differently.
  private func layers(of architecture: Architecture) -> [String: String] {
    switch self {
    case .timm: [:]
    case .torchvision: torchvisionLayers(of: architecture)
    case .torchvisionMobileNet: torchvisionMobileNetLayers(of: architecture)
    case .torchvisionMnasNet: torchvisionMnasNetLayers(of: architecture)
    case .lukemelas: lukemelasLayers(of: architecture)
    case .keras: kerasLayers(of: architecture, depthwise: "dwconv")
    case .kerasV2: kerasLayers(of: architecture, depthwise: "dwconv2")
    case .kerasNumbered: kerasNumberedLayers(of: architecture)
    }
  }

  /// Whether tensors have TensorFlow's layouts and names.
  package var isKeras: Bool {
    switch self {
    case .timm, .torchvision, .torchvisionMobileNet, .torchvisionMnasNet, .lukemelas: false
    case .keras, .kerasV2, .kerasNumbered: true
    }
  }

  /// Returns the tensors of `architecture`, each with its name and layout in the other program's
  /// file.
  package func parameters(of architecture: Architecture) -> [StoredParameter] {
    let layers = layers(of: architecture)
    return Graph(architecture).nodes.flatMap { node in
      let layer = layers[node.name] ?? node.name
      return zip(
        node.operation.parameters(layer: node.name), node.operation.parameters(layer: layer)
      ).map { parameter, stored in
        isKeras
          ? StoredParameter(keras: parameter, layer: layer, of: node.operation)
          : StoredParameter(parameter: parameter, name: stored.name, layout: .pyTorch)
      }
    }
  }

  /// Returns the tensors under this library's names, complete and checked against the network.
  ///
  /// - Throws: ``WeightsError`` for a tensor that is missing, unknown, misshapen or not finite. Its
  ///   message uses the names in the file.
  package func canonical(
    _ weights: Weights, for architecture: Architecture
  ) throws(WeightsError) -> Weights {
    var result = Weights(source: weights.source, metadata: weights.metadata)
    for (stored, tensor) in try matched(weights, to: architecture) {
      let name = stored.name
      guard tensor.isFinite else { throw .nonFinite(name: name, source: weights.source) }
      if stored.parameter.name.hasSuffix(".running_var"),
        tensor.elements.contains(where: { $0 < 0 })
      {
        throw .damaged(
          source: weights.source,
          reason: "tensor \(WeightsError.quoted(name)) has a negative variance")
      }
      result.tensors[stored.parameter.name] = stored.layout.canonical(tensor)
    }
    return result
  }

  /// Returns the parameters of a network with their tensors, whose elements need not be read yet.
  ///
  /// - Throws: ``WeightsError`` for a tensor that is missing, unknown or misshapen.
  func matched(
    _ weights: Weights, to architecture: Architecture
  ) throws(WeightsError) -> [(stored: StoredParameter, tensor: WeightTensor)] {
    var remaining = weights.tensors
    var result: [(stored: StoredParameter, tensor: WeightTensor)] = []
    for stored in parameters(of: architecture) {
      guard let tensor = remaining.removeValue(forKey: stored.name) else {
        throw .missing(name: stored.name, source: weights.source)
      }
      guard tensor.shape == stored.shape else {
        throw .shape(
          name: stored.name, source: weights.source, found: tensor.shape, expected: stored.shape)
      }
      result.append((stored, tensor))
    }
    if isKeras { remaining = remaining.filter { !Self.isKerasPreprocessing($0.key) } }
    if let name = remaining.keys.min() { throw .unknown(name: name, source: weights.source) }
    return result
  }

  /// Returns the tensors of a network, given under this library's names, as the other program
  /// stores them.
  ///
  /// - Throws: ``WeightsError`` if a tensor is missing, or the other program has no name for a
  ///   layer.
  package func stored(
    _ weights: Weights, for architecture: Architecture
  ) throws(WeightsError) -> Weights {
    var result = Weights(source: weights.source)
    if self != .timm {
      let known = layers(of: architecture)
      let nodes = Graph(architecture).nodes
      if let node = nodes.first(where: {
        known[$0.name] == nil && !$0.operation.parameters(layer: "").isEmpty
      }) {
        throw .unsupported(
          source: weights.source, reason: "has a layer \(node.name) that \(program) has no name for"
        )
      }
    }
    for stored in parameters(of: architecture) {
      guard let tensor = weights.tensors[stored.parameter.name] else {
        throw .missing(name: stored.parameter.name, source: weights.source)
      }
      result.tensors[stored.name] = stored.layout.stored(tensor)
    }
    return result
  }

  /// Returns whether a tensor of a Keras file belongs to the layer that normalizes photos, which is
  /// preprocessing in this library.
  package static func isKerasPreprocessing(_ name: String) -> Bool {
    name.hasPrefix("normalization") && (name.hasSuffix("/mean") || name.hasSuffix("/variance"))
  }
}

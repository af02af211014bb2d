/// The names under which another program stores a network's tensors.
///
///     let weights = try NameMap.lukemelas.canonical(file, for: architecture)
///
/// Our own names are timm's.
public enum NameMap: String, Hashable, Sendable, CaseIterable {
  /// timm: "conv_stem.weight", "blocks.0.0.conv_dw.weight".
  case timm
  /// lukemelas' EfficientNet-PyTorch: "_conv_stem.weight", "_blocks.0._depthwise_conv.weight".
  case lukemelas

  /// The map whose names the tensors have, judged by the stem.
  public static func detected(in weights: Weights) -> NameMap? {
    if weights.tensors["conv_stem.weight"] != nil { return .timm }
    if weights.tensors["_conv_stem.weight"] != nil { return .lukemelas }
    return nil
  }

  /// The tensors of `architecture`, each with the name under which the other program stores it.
  package func parameters(
    of architecture: Architecture
  ) -> [(parameter: Parameter, storedName: String)] {
    let layers: [String: String] =
      switch self {
      case .timm: [:]
      case .lukemelas: lukemelasLayers(of: architecture)
      }
    return Graph(architecture).parameters.map { parameter in
      guard let dot = parameter.name.lastIndex(of: "."),
        let layer = layers[String(parameter.name[..<dot])]
      else { return (parameter, parameter.name) }
      return (parameter, layer + parameter.name[dot...])
    }
  }

  /// The tensors under our names, complete and checked against the network.
  ///
  /// - Throws: ``WeightsError`` for a tensor that is missing, unknown, of another shape or not finite;
  ///   names in messages are those of the file.
  public func canonical(
    _ weights: Weights, for architecture: Architecture
  ) throws(WeightsError) -> Weights {
    var remaining = weights.tensors
    var result = Weights(source: weights.source, metadata: weights.metadata)
    for (parameter, name) in parameters(of: architecture) {
      guard let tensor = remaining.removeValue(forKey: name) else {
        throw .missing(name: name, source: weights.source)
      }
      guard tensor.shape == parameter.shape else {
        throw .shape(
          name: name, source: weights.source, found: tensor.shape, expected: parameter.shape)
      }
      guard tensor.isFinite else { throw .nonFinite(name: name, source: weights.source) }
      if name.hasSuffix(".running_var"), tensor.elements.contains(where: { $0 < 0 }) {
        throw .damaged(
          source: weights.source,
          reason: "tensor \(WeightsError.quoted(name)) has a negative variance")
      }
      result.tensors[parameter.name] = tensor
    }
    if let name = remaining.keys.min() { throw .unknown(name: name, source: weights.source) }
    return result
  }
}

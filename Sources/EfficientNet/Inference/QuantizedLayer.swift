extension Architecture {
  /// Returns the names of the layers whose outputs are maps of codes in int8.
  ///
  /// - Parameter floats: ``Quantization/floats``
  /// - Precondition: ``validate()`` accepts the network.
  package func codedMaps(floats: [String] = []) -> Set<String> {
    Plan(self, precision: .int8, floats: floats).codeNames
  }

  /// The names that ``Quantization/floats`` may have, in order of computation.
  ///
  /// - Precondition: ``validate()`` accepts the network.
  package var roundedNames: [String] {
    var names: [String] = []
    for name in Graph(self).nodes.compactMap(\.part.roundedName) where names.last != name {
      names.append(name)
    }
    return names
  }
}

/// A layer that multiplies codes by integers in int8.
package struct QuantizedLayer: Hashable, Sendable {
  /// The name of the layer, whose weights are "name.weight".
  package let name: String
  /// The name of the batch norm after it.
  package let norm: String
  /// The layer that computes the map that this one reads.
  package let input: String
  /// Whether each output reads one channel.
  package let isDepthwise: Bool

  /// Returns the layers of a network, in order of computation.
  ///
  /// - Precondition: ``Architecture/validate()`` accepts the network.
  package static func all(of architecture: Architecture) -> [QuantizedLayer] {
    let graph = Graph(architecture)
    return Plan(architecture, precision: .int8).constants
      .compactMap { constant in
        guard let input = constant.codes.input else { return nil }
        let isDepthwise: Bool
        switch constant.form {
        case .product: isDepthwise = false
        case .depthwise: isDepthwise = true
        case .averagePool, .gatedMap: return nil
        }
        let name = graph.nodes[constant.layer.node].name
        guard let norm = constant.layer.norm else {
          preconditionFailure("\(name) reads codes and has no batch norm")
        }
        return QuantizedLayer(
          name: name, norm: graph.nodes[norm].name, input: input, isDepthwise: isDepthwise)
      }
  }
}

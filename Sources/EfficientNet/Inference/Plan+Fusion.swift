package import EfficientNetCompute

/// A node of a graph, fused with the nodes after it. Batch norm goes into the weights; the
/// activation and the residual go, in either order, into the end of the kernel.
package struct FusedLayer: Hashable, Sendable {
  package let node: Int
  package var norm: Int?
  package var activation = Activation.identity
  /// Whether the activation follows the sum with the residual.
  package var activatesSum = false
  /// The node whose output is added as the residual.
  package var residual: Int?
  package var nodes: [Int]

  init(node: Int) { (self.node, nodes) = (node, [node]) }

  package var output: Int { nodes[nodes.count - 1] }
}

extension Graph {
  /// Returns the nodes in groups that are computed together, in order.
  ///
  /// - Parameter keeping: Nodes that must be the last of their group.
  package func fusedLayers(keeping: Set<Int> = []) -> [FusedLayer] {
    let readers = readers()
    var layers: [FusedLayer] = []
    var isFused = Array(repeating: false, count: nodes.count)
    for node in nodes.indices where !isFused[node] {
      var layer = FusedLayer(node: node)
      while readers[layer.output].count == 1, let next = readers[layer.output].first,
        !keeping.contains(layer.output), fuse(next, into: &layer)
      {
        isFused[next] = true
        layer.nodes.append(next)
      }
      layers.append(layer)
    }
    return layers
  }

  /// Adds node `next`, the only reader of the layer's output, if a kernel can compute both at once.
  private func fuse(_ next: Int, into layer: inout FusedLayer) -> Bool {
    let takesNorm: Bool
    let takesResidual: Bool
    switch nodes[layer.node].operation {
    case .convolution, .linear: (takesNorm, takesResidual) = (true, true)
    case .depthwiseConvolution: (takesNorm, takesResidual) = (true, false)
    case .scale: (takesNorm, takesResidual) = (false, false)
    case .input, .averagePool, .batchNorm, .activation, .globalAveragePool, .add, .dropout,
      .stochasticDepth:
      return false
    }
    switch nodes[next].operation {
    case .activation(let activation) where layer.activation == .identity && !layer.activatesSum:
      (layer.activation, layer.activatesSum) = (activation, layer.residual != nil)
    case _ where layer.residual != nil:
      // After a sum, only its activation can be fused.
      return false
    case .batchNorm where takesNorm && layer.norm == nil && layer.activation == .identity:
      layer.norm = next
    case .dropout, .stochasticDepth:
      break
    case .add where takesResidual:
      // The other summand must be computed before this layer starts.
      guard let other = nodes[next].inputs.first(where: { $0 != layer.output }),
        other < layer.node
      else { return false }
      layer.residual = other
    case .input, .convolution, .depthwiseConvolution, .averagePool, .batchNorm, .activation,
      .globalAveragePool, .scale, .add, .linear:
      return false
    }
    return true
  }
}

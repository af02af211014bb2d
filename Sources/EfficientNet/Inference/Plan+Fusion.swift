internal import EfficientNetCompute

/// A node of a graph and the nodes behind it that are computed along with it: batch norm goes into the
/// weights, the activation and the residual, in either order, into the end of the kernel.
struct FusedLayer: Hashable, Sendable {
  let node: Int
  var norm: Int?
  var activation = Activation.identity
  /// Whether it follows the sum with the residual.
  var activatesSum = false
  /// The node whose value is added last.
  var residual: Int?
  var nodes: [Int]

  init(node: Int) { (self.node, nodes) = (node, [node]) }

  /// The node whose value comes out.
  var output: Int { nodes[nodes.count - 1] }
}

extension Graph {
  /// The nodes in groups that are computed together, in order.
  ///
  /// - Parameter keeping: Nodes that have to be the last of their group.
  func fusedLayers(keeping: Set<Int>) -> [FusedLayer] {
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

  /// Adds node `next`, which reads what `layer` gives and nobody else does, if a kernel can do both at once.
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
      // Behind a sum comes its activation, or another layer.
      return false
    case .batchNorm where takesNorm && layer.norm == nil && layer.activation == .identity:
      layer.norm = next
    case .dropout, .stochasticDepth:
      break
    case .add where takesResidual:
      // The other summand has to be there before this layer starts.
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

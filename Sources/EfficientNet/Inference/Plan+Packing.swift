internal import EfficientNetCompute

extension Plan {
  /// The weights of every step, batch norm folded in, in the order the kernels read them.
  ///
  /// - Precondition: `weights` are complete and under our names: see ``NameMap/canonical(_:for:)``.
  /// - Throws: ``WeightsError/nonFinite(name:source:)`` if folding a batch norm overflows.
  func packed(
    _ weights: Weights, graph: Graph, kernels: Kernels
  ) throws(WeightsError) -> Arena {
    let arena = Arena(count: constantCount)
    for step in steps {
      let fold = FoldedNorm(step.layer, graph: graph, weights: weights)
      guard fold.isFinite else {
        throw .nonFinite(name: "\(step.name).weight", source: weights.source)
      }
      switch step.kernel {
      case .pointwise(let layer, _):
        fold.pack(layer, kernel: 1, with: kernels, into: arena)
      case .convolution(let layer):
        fold.pack(layer.product, kernel: layer.window.kernel, with: kernels, into: arena)
      case .depthwise(let layer):
        fold.pack(layer, into: arena)
      case .averagePool, .scale:
        break
      }
    }
    return arena
  }
}

/// A layer's weights with its batch norm: `w' = w · s` and `b' = (b − mean) · s + bias`, where
/// `s = weight / √(variance + epsilon)`.
private struct FoldedNorm {
  let weight: WeightTensor?
  let scale: [Float]
  let bias: [Float]

  init(_ layer: FusedLayer, graph: Graph, weights: Weights) {
    let name = graph.nodes[layer.node].name
    weight = weights.tensors["\(name).weight"]
    let outputs = weight?.shape.first ?? 0
    let bias = weights.tensors["\(name).bias"]?.elements ?? Array(repeating: 0, count: outputs)
    guard let norm = layer.norm, case .batchNorm(_, let epsilon) = graph.nodes[norm].operation,
      let gamma = weights.tensors["\(graph.nodes[norm].name).weight"]?.elements,
      let beta = weights.tensors["\(graph.nodes[norm].name).bias"]?.elements,
      let mean = weights.tensors["\(graph.nodes[norm].name).running_mean"]?.elements,
      let variance = weights.tensors["\(graph.nodes[norm].name).running_var"]?.elements
    else {
      scale = Array(repeating: 1, count: outputs)
      self.bias = bias
      return
    }
    var scale: [Float] = []
    var folded: [Float] = []
    for n in 0..<outputs {
      let exact = Double(gamma[n]) / (Double(variance[n]) + epsilon).squareRoot()
      let centred = Double(bias[n]) - Double(mean[n])
      scale.append(Float(exact))
      folded.append(Float(centred * exact + Double(beta[n])))
    }
    self.scale = scale
    self.bias = folded
  }

  /// Whether scale and bias are numbers that fit a float.
  var isFinite: Bool { scale.allSatisfy(\.isFinite) && bias.allSatisfy(\.isFinite) }

  /// Weights from (output, input, height, width) to panels over (height, width, input).
  func pack(_ layer: PointwiseLayer, kernel: Int, with kernels: Kernels, into arena: Arena) {
    let taps = kernel * kernel
    let inputs = layer.depth / taps
    weight?.withElements { w in
      arena.write(layer.weights) { packed in
        kernels.pack(
          depth: layer.depth, outputs: scale.count, columns: layer.columns, into: &packed
        ) { k, n in
          w[(n * inputs + k % inputs) * taps + k / inputs] * scale[n]
        }
      }
    }
    packBias(into: layer.bias, of: arena)
  }

  /// Weights from (channel, 1, height, width) to (height, width, channel).
  func pack(_ layer: DepthwiseLayer, into arena: Arena) {
    let taps = layer.window.kernel * layer.window.kernel
    weight?.withElements { w in
      arena.write(layer.weights) { packed in
        for tap in 0..<taps {
          for c in scale.indices {
            packed[tap * layer.channels + c] = w[c * taps + tap] * scale[c]
          }
        }
      }
    }
    packBias(into: layer.bias, of: arena)
  }

  private func packBias(into region: Region, of arena: Arena) {
    arena.write(region) { packed in
      for n in bias.indices { packed[n] = bias[n] }
    }
  }
}

internal import EfficientNetCompute

extension Plan {
  /// Packs the weights of every step, with batch norm folded in, in the order in which the kernels
  /// read them.
  ///
  /// - Parameter pool: The threads that share the work; nil for the calling thread.
  /// - Precondition: `weights` are complete and under this library's names: see
  ///   `NameMap.canonical`.
  /// - Throws: ``WeightsError/nonFinite(name:source:)`` if the factors of a batch norm overflow;
  ///   ``WeightsError/tooLarge(name:value:source:)`` in fp16.
  func packed(
    _ weights: Weights, graph: Graph, kernels: Kernels, pool: ThreadPool?
  ) throws(WeightsError) -> Arena {
    let arena = Arena(count: constantCount)
    let failure = Locked<WeightsError?>(nil)
    @Sendable func pack(_ constant: Constant) {
      do throws(WeightsError) {
        switch constant.form {
        case .product(let product, let taps):
          let layer = try FoldedLayer(constant.layer, graph: graph, weights: weights)
          if product.precision == .float16 { try layer.requireSmallWeights() }
          layer.pack(product, taps: taps, with: kernels, into: arena)
        case .depthwise(let depthwise):
          let layer = try FoldedLayer(constant.layer, graph: graph, weights: weights)
          // Processors with fp16 arithmetic round the filters, too.
          if precision == .float16 { try layer.requireSmallWeights() }
          layer.pack(depthwise, into: arena)
        case .averagePool(let pool):
          let kernel = pool.window.kernel
          arena.fill(pool.filters, with: 1 / Float(kernel * kernel))
        }
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if let pool {
      pool.forEach(count: constants.count) { pack(constants[$0]) }
    } else {
      for constant in constants { pack(constant) }
    }
    if let error = failure.withLock(\.self) { throw error }
    return arena
  }
}

/// The weights of a layer, with the batch norm after it folded in.
private struct FoldedLayer {
  let name: String
  let source: String
  let weight: WeightTensor
  let scale: [Float]
  let bias: [Float]
  /// The tensor that most of the bias comes from.
  let biasName: String

  init(_ layer: FusedLayer, graph: Graph, weights: Weights) throws(WeightsError) {
    (name, source) = ("\(graph.nodes[layer.node].name)", weights.source)
    weight = try weights.required("\(name).weight")
    let bias = weights.tensors["\(name).bias"]?.elements
    if let norm = layer.norm, case .batchNorm(_, let epsilon) = graph.nodes[norm].operation {
      let fold = try BatchNormFold(
        graph.nodes[norm].name, epsilon: epsilon, bias: bias, weights: weights)
      (scale, self.bias) = (fold.scale, fold.bias)
      biasName = "\(graph.nodes[norm].name).bias"
    } else {
      scale = Array(repeating: 1, count: weight.shape[0])
      self.bias = bias ?? Array(repeating: 0, count: weight.shape[0])
      biasName = "\(name).bias"
    }
  }

  /// Throws if a weight or bias becomes infinite in fp16.
  func requireSmallWeights() throws(WeightsError) {
    let largest = weight.withElements { w in
      let perOutput = w.count / scale.count
      return scale.indices.reduce(Float(0)) { largest, n in
        var most: Float = 0
        for k in n * perOutput..<(n + 1) * perOutput { most = max(most, abs(w[k])) }
        return max(largest, most * abs(scale[n]))
      }
    }
    guard largest <= FP16.greatest else {
      throw .tooLarge(name: "\(name).weight", value: largest, source: source)
    }
    let largestBias = bias.reduce(0) { max($0, abs($1)) }
    guard largestBias <= FP16.greatest else {
      throw .tooLarge(name: biasName, value: largestBias, source: source)
    }
  }

  /// Packs weights (output, input, height, width) into panels over (height, width, input).
  func pack(_ layer: ProductLayer, taps: Int, with kernels: Kernels, into arena: Arena) {
    let inputs = layer.depth
    weight.withElements { w in
      arena.write(layer.weights) { packed in
        // Nearly all weights belong to 1×1 filters, which need no division to find their position.
        if taps == 1 {
          kernels.pack(
            depth: inputs, outputs: scale.count, columns: layer.columns,
            precision: layer.precision, into: &packed
          ) { _, k, n in w[n * inputs + k] * scale[n] }
        } else {
          kernels.pack(
            taps: taps, depth: inputs, outputs: scale.count, columns: layer.columns,
            precision: layer.precision, into: &packed
          ) { tap, k, n in w[(n * inputs + k) * taps + tap] * scale[n] }
        }
      }
    }
    arena.copy(bias.span, to: layer.bias)
  }

  /// Packs weights (channel, 1, height, width) into slabs of (height, width, channel).
  func pack(_ layer: SeparableLayer, into arena: Arena) {
    let taps = layer.window.kernel * layer.window.kernel
    weight.withElements { w in
      arena.write(layer.filters) { packed in
        let width = MapLayout.slabChannels
        for c in scale.indices {
          let (slab, place) = c.quotientAndRemainder(dividingBy: width)
          for tap in 0..<taps {
            packed[(slab * taps + tap) * width + place] = w[c * taps + tap] * scale[c]
          }
        }
      }
    }
    arena.copy(bias.span, to: layer.bias)
  }
}

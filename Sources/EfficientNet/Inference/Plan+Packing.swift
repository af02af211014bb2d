internal import EfficientNetCompute

extension Plan {
  /// Packs the weights of every step, with batch norm folded in, in the order in which the kernels
  /// read them.
  ///
  /// - Parameter pool: The threads that share the work; nil for the calling thread.
  /// - Precondition: `weights` are complete and under this library's names: see
  ///   `NameMap.canonical`.
  /// - Throws: ``WeightsError/unsupported(source:reason:)`` if a batch norm overflows;
  ///   ``WeightsError/tooLarge(name:value:source:)`` in fp16.
  func packed(
    _ weights: Weights, quantization: Quantization?, graph: Graph, kernels: Kernels,
    pool: ThreadPool?
  ) throws(WeightsError) -> Arena {
    let arena = Arena(count: constantCount)
    let failure = Locked<WeightsError?>(nil)
    @Sendable func pack(_ constant: Constant) {
      do throws(WeightsError) {
        let codes = try constant.codes.values(in: quantization, source: weights.source)
        switch constant.form {
        case .product(let product, let taps):
          let layer = try FoldedLayer(constant.layer, graph: graph, weights: weights)
          let isChecked = product.precision == .float16 || precision == .int8
          if isChecked { try layer.requireSmallWeights(precision) }
          if product.precision == .int8 || product.widensWeights {
            try layer.requireCodes(taps: taps, depth: product.depth)
          }
          layer.pack(product, taps: taps, with: kernels, into: arena)
          try layer.packConstants(
            product.bias, columns: product.columns, codes, of: constant.layer,
            activation: product.activation, readsCodes: product.precision == .int8, into: arena)
          if product.widensWeights {
            arena.copy(layer.factors.span, to: product.bias.part(1, of: product.columns))
          }
        case .depthwise(let depthwise):
          let layer = try FoldedLayer(constant.layer, graph: graph, weights: weights)
          // Processors with fp16 arithmetic round the filters, too.
          if [.float16, .int8].contains(precision) { try layer.requireSmallWeights(precision) }
          let readsCodes = constant.codes.input != nil
          if readsCodes { try layer.requireCodes(taps: 1, depth: 1) }
          layer.pack(depthwise, asCodes: readsCodes, into: arena)
          try layer.packConstants(
            depthwise.bias, columns: depthwise.channels, codes, of: constant.layer,
            activation: depthwise.activation, readsCodes: readsCodes, into: arena)
        case .averagePool(let pool):
          let part = 1 / Float(pool.window.kernel * pool.window.kernel)
          arena.fill(pool.filters, with: codes == nil ? part : 1)
          let taps = pool.window.kernel * pool.window.kernel
          codes?.constants(
            bias: Array(repeating: 0, count: pool.channels),
            factors: Array(repeating: part, count: pool.channels),
            weightSums: Array(repeating: taps, count: pool.channels)
          ).write(to: pool.bias, columns: pool.channels, in: arena)
        case .gatedMap(let region, let channels):
          var gate = codes?.constants(bias: [], factors: [])
          gate?.isGate = true
          gate?.activation = constant.layer.activation
          gate?.write(to: region, columns: channels, in: arena)
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

/// The codes in int8 of the maps around a layer.
private struct LayerCodes {
  var input, residual, output: Quantization.Codes?

  /// - Parameters:
  ///   - factors: The scale of each output's weights.
  ///   - weightSums: The sum of each output's codes of weights, for a product of codes.
  func constants(bias: [Float], factors: [Float], weightSums: [Int] = []) -> LayerConstants {
    let scale = input?.scale ?? 1
    var constants = LayerConstants(
      bias: bias, multiplier: factors.map { scale * $0 }, scale: output?.scale ?? 1,
      zeroPoint: output?.zeroPoint ?? 0, residualScale: residual?.scale ?? 0,
      inputZeroPoint: input?.zeroPoint ?? 0, residualZeroPoint: residual?.zeroPoint ?? 0,
      weightSums: weightSums)
    constants.inputScale = scale
    (constants.readsCodes, constants.writesCodes) = (input != nil, output != nil)
    return constants
  }
}

extension Plan.CodeNames {
  /// Returns the codes of these names; nil without names.
  ///
  /// - Throws: ``WeightsError/unsupported(source:reason:)`` if one is missing.
  fileprivate func values(
    in quantization: Quantization?, source: String
  ) throws(WeightsError) -> LayerCodes? {
    func value(_ name: String?) throws(WeightsError) -> Quantization.Codes? {
      guard let name else { return nil }
      guard let codes = quantization?.maps[name] else {
        throw .unsupported(
          source: source,
          reason: quantization == nil
            ? "is not a quantized network, so it has no int8; quantize it with 'effnet quantize', and "
              + "use it at its own resolution"
            : "has no codes for the outputs of the layer \(WeightsError.quoted(name)), so int8 "
              + "cannot return them; use 32-bit floats (fp32)")
      }
      return codes
    }
    guard self != Plan.CodeNames() else { return nil }
    return try LayerCodes(
      input: value(input), residual: value(residual), output: value(output))
  }
}

/// The weights of a layer, with the batch norm after it folded in.
private struct FoldedLayer {
  let name: String
  let source: String
  let weight: WeightTensor
  /// The elements of `weight`, which a tensor of codes would compute at every access.
  let elements: [Float]
  let scale: [Float]
  let bias: [Float]
  /// The tensor that most of the bias comes from.
  let biasName: String

  init(_ layer: FusedLayer, graph: Graph, weights: Weights) throws(WeightsError) {
    (name, source) = ("\(graph.nodes[layer.node].name)", weights.source)
    weight = try weights.required("\(name).weight")
    elements = weight.elements
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

  /// Throws if a weight or bias becomes infinite in fp16, or is so large that a sum might become
  /// infinite in int8, where its code would hide that.
  func requireSmallWeights(_ precision: Precision) throws(WeightsError) {
    func require(_ value: Float, of tensor: String) throws(WeightsError) {
      if precision == .int8, value > 1e8 {
        throw .unsupported(
          source: source,
          reason: "has the number \(value) in the tensor \(WeightsError.quoted(tensor)), with its "
            + "batch norm; int8 takes at most 1e+08: is the tensor damaged?")
      }
      if precision == .float16, value > FP16.greatest {
        throw .tooLarge(name: tensor, value: value, source: source)
      }
    }
    let w = elements.span
    let perOutput = w.count / scale.count
    let largest = scale.indices.reduce(Float(0)) { largest, n in
      var most: Float = 0
      for k in n * perOutput..<(n + 1) * perOutput { most = max(most, abs(w[k])) }
      return max(largest, most * abs(scale[n]))
    }
    try require(largest, of: "\(name).weight")
    try require(bias.reduce(0) { max($0, abs($1)) }, of: biasName)
  }

  /// Throws unless the weights have codes whose sums with codes of inputs fit 32 bits.
  func requireCodes(taps: Int, depth: Int) throws(WeightsError) {
    guard weight.scales != nil else {
      throw .unsupported(
        source: source,
        reason: "has no int8 weights for the layer \(WeightsError.quoted(name)); quantize it with "
          + "'effnet quantize'")
    }
    let most = Int(Int32.max) / (255 * 127)
    guard taps * depth <= most else {
      throw .unsupported(
        source: source,
        reason: "has \(taps * depth) inputs for each output of \(WeightsError.quoted(name)); "
          + "int8 takes at most \(most)")
    }
  }

  /// The factor on the weights of an output, which are its codes in int8.
  var factors: [Float] {
    guard let scales = weight.scales else { return scale }
    return zip(scale, scales).map { $0 * $1 }
  }

  /// The sum of the codes of each output, and the largest sum of their magnitudes.
  private var codeSums: (sums: [Int], largest: Int) {
    let w = elements.span
    let perOutput = w.count / scale.count
    var largest = 0
    let sums = scale.indices.map { n in
      var (sum, magnitude) = (0, 0)
      for k in n * perOutput..<(n + 1) * perOutput {
        let code = Int(packedWeight(w[k], n, asCode: true))
        sum += code
        magnitude += abs(code)
      }
      largest = max(largest, magnitude)
      return sum
    }
    return (sums, largest)
  }

  /// Writes the bias and, around maps of codes, the other constants.
  ///
  /// - Parameter readsCodes: Whether the layer's inputs are codes.
  /// - Throws: ``WeightsError/nonFinite(name:source:)`` for scales whose product is not finite.
  func packConstants(
    _ region: Region, columns: Int, _ codes: LayerCodes?, of layer: FusedLayer,
    activation: Activation, readsCodes: Bool, into arena: Arena
  ) throws(WeightsError) {
    guard let codes else {
      arena.copy(bias.span, to: region)
      return
    }
    let ones = Array(repeating: Float(1), count: bias.count)
    let (sums, largest) = readsCodes ? codeSums : ([], 0)
    var constants = codes.constants(
      bias: bias, factors: readsCodes ? factors : ones, weightSums: sums)
    (constants.activation, constants.activatesSum) = (activation, layer.activatesSum)
    constants.hasResidual = layer.residual != nil
    constants.largestSum = 255 * Float(largest)
    // Codes would hide what is not finite.
    guard constants.multiplier.allSatisfy(\.isFinite) else {
      throw .nonFinite(name: "\(name).weight", source: source)
    }
    constants.write(to: region, columns: columns, in: arena)
  }

  /// Packs weights (output, input, height, width) into panels over (height, width, input).
  func pack(_ layer: ProductLayer, taps: Int, with kernels: Kernels, into arena: Arena) {
    let inputs = layer.depth
    let precision = layer.widensWeights ? .int8 : layer.precision
    let asCodes = precision == .int8
    let w = elements.span
    arena.write(layer.weights) { packed in
      // Nearly all weights belong to 1×1 filters, which need no division to find their position.
      if taps == 1 {
        kernels.pack(
          depth: inputs, outputs: scale.count, columns: layer.columns,
          precision: precision, widens: layer.widensWeights, into: &packed
        ) { _, k, n in packedWeight(w[n * inputs + k], n, asCode: asCodes) }
      } else {
        kernels.pack(
          taps: taps, depth: inputs, outputs: scale.count, columns: layer.columns,
          precision: precision, widens: layer.widensWeights, into: &packed
        ) { tap, k, n in packedWeight(w[(n * inputs + k) * taps + tap], n, asCode: asCodes) }
      }
    }
  }

  /// Returns a weight of output n with the batch norm, or the integer that it is a multiple of.
  @inline(__always)
  private func packedWeight(_ w: Float, _ n: Int, asCode: Bool) -> Float {
    guard asCode, let scales = weight.scales else { return w * scale[n] }
    return (w / scales[n]).rounded(.toNearestOrEven)
  }

  /// Packs weights (channel, 1, height, width) into slabs of (height, width, channel).
  func pack(_ layer: SeparableLayer, asCodes: Bool, into arena: Arena) {
    let taps = layer.window.kernel * layer.window.kernel
    let w = elements.span
    arena.write(layer.filters) { packed in
      let width = MapLayout.slabChannels
      for c in scale.indices {
        let (slab, place) = c.quotientAndRemainder(dividingBy: width)
        for tap in 0..<taps {
          packed[(slab * taps + tap) * width + place] = packedWeight(
            w[c * taps + tap], c, asCode: asCodes)
        }
      }
    }
  }
}

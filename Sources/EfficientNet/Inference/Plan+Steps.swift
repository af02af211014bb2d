internal import EfficientNetCompute

/// What is known of a graph while it is planned.
struct Planner {
  let graph: Graph
  let shapes: [Shape]
  let layers: [FusedLayer]
  /// The layers that read each layer's output.
  let readers: [[Int]]
  let keeping: Set<Int>
  /// The buffer of each node's value.
  var buffers: [Int: Int] = [:]
  /// Layers that are part of a step already.
  var isPlanned: Set<Int> = []

  init(graph: Graph, inputShape: Shape, keeping: Set<Int>) {
    (self.graph, self.keeping) = (graph, keeping)
    shapes = graph.shapes(input: inputShape)
    let layers = graph.fusedLayers(keeping: keeping)
    self.layers = layers
    var maker: [Int: Int] = [:]
    for (index, layer) in layers.enumerated() { maker[layer.output] = index }
    var readers = Array(repeating: [Int](), count: layers.count)
    for (index, layer) in layers.enumerated() {
      let inputs = graph.nodes[layer.node].inputs + [layer.residual].compactMap(\.self)
      for input in inputs {
        if let made = maker[input] { readers[made].append(index) }
      }
    }
    self.readers = readers
  }

  func operation(_ layer: Int) -> Graph.Operation { graph.nodes[layers[layer].node].operation }
  func name(_ layer: Int) -> String { graph.nodes[layers[layer].node].name }
  /// The nodes that a layer reads, the residual left out.
  func inputs(_ layer: Int) -> [Int] { graph.nodes[layers[layer].node].inputs }
  func shape(_ layer: Int) -> Shape { shapes[layers[layer].output] }
  func nodes(_ layers: [Int]) -> [Int] { layers.flatMap { self.layers[$0].nodes } }
  /// Whether a layer's value is the network's result.
  func isClassifier(_ layer: Int) -> Bool { readers[layer].isEmpty }

  func buffer(_ node: Int) -> Int {
    guard let buffer = buffers[node] else {
      preconditionFailure("\(graph.nodes[node].name) is read before it is computed")
    }
    return buffer
  }

  /// The only layer that reads what `layer` gives, other than as a residual, if the value need not be kept.
  func onlyReader(_ layer: Int) -> Int? {
    guard readers[layer].count == 1, !keeping.contains(layers[layer].output) else { return nil }
    let reader = readers[layer][0]
    return inputs(reader).contains(layers[layer].output) ? reader : nil
  }

  /// Whether a layer is a 1×1 convolution or fully connected, with nothing added at its end.
  func isProduct(_ layer: Int) -> Bool {
    guard layers[layer].residual == nil else { return false }
    switch operation(layer) {
    case .convolution(let c): return c.kernel == 1 && c.stride == 1
    case .linear: return true
    case .input, .depthwiseConvolution, .averagePool, .batchNorm, .activation, .globalAveragePool,
      .scale, .add, .dropout, .stochasticDepth:
      return false
    }
  }
}

extension Plan {
  /// Adds the step that starts with layer `index`, and all that can be fused into it.
  mutating func plan(_ index: Int, with planner: inout Planner) {
    guard planner.isPlanned.insert(index).inserted else { return }
    let layer = planner.layers[index]
    let inputShape = planner.inputs(index).first.map { planner.shapes[$0] } ?? inputShape
    switch planner.operation(index) {
    case .input:
      planner.buffers[layer.output] = addBuffer(
        .image(pixels: inputShape.h * inputShape.w, channels: inputShape.c))
    case .dropout, .stochasticDepth:
      planner.buffers[layer.output] = planner.buffer(planner.inputs(index)[0])
    case .convolution, .linear:
      if let depthwise = depthwise(behind: index, planner) {
        planSeparable(depthwise, source: index, with: &planner)
      } else if planner.isProduct(index), let pool = planner.onlyReader(index),
        case .globalAveragePool = planner.operation(pool),
        isStoredInOneSlab(planner.inputs(index)[0], planner)
      {
        planPooledProduct(index, pool: pool, with: &planner)
      } else if let scale = planner.onlyReader(index), case .scale = planner.operation(scale),
        planner.inputs(scale)[1] == layer.output
      {
        planExcitation(index, scale: scale, with: &planner)
      } else {
        planConvolution(index, with: &planner)
      }
    case .depthwiseConvolution:
      planSeparable(index, source: nil, with: &planner)
    case .averagePool(let c):
      planAveragePool(index, c, with: &planner)
    case .globalAveragePool:
      planSqueeze(index, sums: nil, with: &planner)
    case .scale, .batchNorm, .activation, .add:
      preconditionFailure("\(planner.name(index)) does not follow a convolution")
    }
  }

  /// The depthwise convolution that reads what convolution `index` gives, if the two can be one step.
  private func depthwise(behind index: Int, _ planner: Planner) -> Int? {
    guard let reader = planner.onlyReader(index), planner.layers[index].residual == nil,
      case .depthwiseConvolution = planner.operation(reader)
    else { return nil }
    let input = planner.inputs(index)[0]
    if planner.isProduct(index) {
      // Rows are made from NHWC: a projection in front of a block that does not expand is a step of its own.
      return isStoredInOneSlab(input, planner) ? reader : nil
    }
    // Rows of the stem are made of 32-bit images.
    return input == 0 ? reader : nil
  }

  /// Whether the value of a node, as far as it has a buffer, is NHWC.
  private func isStoredInOneSlab(_ node: Int, _ planner: Planner) -> Bool {
    planner.buffers[node].map { buffers[$0].layout.slabs == 1 } ?? true
  }

  /// Whether layer `index` is a 1×1 convolution that becomes a step of its own, which can read slabs.
  private func isProjection(_ index: Int, _ planner: Planner) -> Bool {
    guard case .convolution(let c) = planner.operation(index), c.kernel == 1, c.stride == 1,
      depthwise(behind: index, planner) == nil
    else { return false }
    let reader = planner.onlyReader(index).map { planner.operation($0) }
    return reader != .globalAveragePool && reader != .scale
  }

  private mutating func planSeparable(_ index: Int, source: Int?, with planner: inout Planner) {
    guard case .depthwiseConvolution(let c) = planner.operation(index) else {
      preconditionFailure("\(planner.name(index)) is no depthwise convolution")
    }
    planner.isPlanned.insert(index)
    let layer = planner.layers[index]
    let shape = planner.shape(index)
    let channels = Kernels.channelStride(shape.c)
    let first = source ?? index
    let input = planner.inputs(first)[0]
    let sourceKind: SeparableLayer.Source =
      switch source.map({ planner.operation($0) }) {
      case nil: .stored
      case .convolution(let c)? where c.kernel > 1 || c.stride > 1:
        .stem(convolution(planner.layers[first], c, planner.shapes[input], precision: .float32))
      case _?: .expansion(product(planner.layers[first], planner.operation(first)))
      }
    let separable = SeparableLayer(
      source: sourceKind, window: Window(c, planner.shapes[planner.inputs(index)[0]]),
      channels: channels,
      filters: addConstants(SeparableLayer.filterCount(kernel: c.kernel, channels: channels)),
      bias: addConstants(channels), activation: layer.activation)
    constants.append(Constant(form: .depthwise(separable), layer: layer))
    let output = addBuffer(
      .slabs(pixels: shape.h * shape.w, channels: shape.c, precision: precision))
    let pool = planner.readers[index].first {
      if case .globalAveragePool = planner.operation($0) { true } else { false }
    }
    let sums = pool.map { _ in
      addBuffer(.nhwc(pixels: shape.h, channels: shape.c, precision: .float32))
    }
    append(
      .separable(separable), of: first == index ? [index] : [first, index],
      input: planner.buffer(input), second: sums, output: output, with: &planner)
    if let pool { planSqueeze(pool, sums: sums, with: &planner) }
  }

  /// A depthwise convolution with weights that are all equal, whose output is NHWC, as is that which it is added to.
  private mutating func planAveragePool(
    _ index: Int, _ c: Convolution, with planner: inout Planner
  ) {
    let input = planner.inputs(index)[0]
    let shape = planner.shape(index)
    let channels = Kernels.channelStride(shape.c)
    let layer = SeparableLayer(
      source: .stored, window: Window(c, planner.shapes[input]), channels: channels,
      filters: addConstants(SeparableLayer.filterCount(kernel: c.kernel, channels: channels)),
      bias: addConstants(channels), activation: .identity)
    constants.append(Constant(form: .averagePool(layer), layer: planner.layers[index]))
    let output = addBuffer(
      .nhwc(pixels: shape.h * shape.w, channels: shape.c, precision: precision))
    append(
      .averagePool(layer), of: [index], input: planner.buffer(input), output: output,
      with: &planner)
  }

  /// The mean, and the small layer that reads it, if there is one.
  private mutating func planSqueeze(_ index: Int, sums: Int?, with planner: inout Planner) {
    planner.isPlanned.insert(index)
    let node = planner.inputs(index)[0]
    let inputShape = planner.shapes[node]
    let reduce = planner.onlyReader(index).flatMap { reader in
      planner.isProduct(reader) && planner.onlyReader(reader) != nil
        && !planner.isClassifier(reader) ? reader : nil
    }
    let last = reduce ?? index
    if let reduce { planner.isPlanned.insert(reduce) }
    let layer = reduce.map { product(planner.layers[$0], planner.operation($0), .float32) }
    let output = addBuffer(
      .nhwc(pixels: 1, channels: planner.shape(last).c, precision: .float32))
    append(
      .squeeze(count: inputShape.h * inputShape.w, layer),
      of: last == index ? [index] : [index, last], input: sums ?? planner.buffer(node),
      output: output, with: &planner)
  }

  /// The gate's layer, and the gate on the projection behind it.
  private mutating func planExcitation(_ index: Int, scale: Int, with planner: inout Planner) {
    planner.isPlanned.insert(scale)
    let gateLayer = product(planner.layers[index], planner.operation(index), .float32)
    let gate = addBuffer(
      .nhwc(pixels: 1, channels: planner.shape(index).c, precision: .float32))
    let map = planner.buffer(planner.inputs(scale)[0])
    let shape = planner.shape(scale)
    let activation = planner.layers[scale].activation
    let input = planner.buffer(planner.inputs(index)[0])
    let columns = planner.onlyReader(scale).map { Kernels.channelStride(planner.shape($0).c) }
    if let project = planner.onlyReader(scale), case .convolution = planner.operation(project),
      activation == .identity, let columns, columns < shape.h * shape.w
    {
      // The projection's weights are scaled while its input stays as it is.
      planner.isPlanned.insert(project)
      let projection = product(planner.layers[project], planner.operation(project))
      let scaled = addBuffer(
        .image(pixels: 1, channels: projection.depthWords * projection.columns))
      append(
        Step(
          name: planner.name(index), kernel: .excite(gateLayer, .weights(projection)),
          nodes: planner.nodes([index, scale]), input: input, second: gate, output: scaled,
          shape: planner.shape(index)))
      appendProduct(project, projection, input: map, scaledWeights: scaled, with: &planner)
    } else {
      append(
        .excite(gateLayer, .map(activation)), of: [index, scale], input: input, second: gate,
        output: map, with: &planner)
    }
  }

  private mutating func planPooledProduct(_ index: Int, pool: Int, with planner: inout Planner) {
    planner.isPlanned.insert(pool)
    let layer = product(planner.layers[index], planner.operation(index))
    let output = addBuffer(
      .nhwc(pixels: 1, channels: planner.shape(pool).c, precision: precision))
    append(
      .pooledProduct(layer), of: [index, pool], input: planner.buffer(planner.inputs(index)[0]),
      output: output, with: &planner)
  }

  private mutating func planConvolution(_ index: Int, with planner: inout Planner) {
    let input = planner.buffer(planner.inputs(index)[0])
    let precision = buffers[input].layout.precision
    if !planner.operation(index).isSpatial {
      let layer = product(planner.layers[index], planner.operation(index), precision)
      appendProduct(index, layer, input: input, with: &planner)
      return
    }
    guard case .convolution(let c) = planner.operation(index) else {
      preconditionFailure("\(planner.name(index)) is no convolution")
    }
    let shape = planner.shape(index)
    let layer = convolution(
      planner.layers[index], c, planner.shapes[planner.inputs(index)[0]], precision: precision)
    // What only a projection reads lies as the expanded channels of any block.
    let isExpansion =
      planner.layers[index].residual == nil
      && planner.onlyReader(index).map { isProjection($0, planner) } ?? false
    let output = addBuffer(
      isExpansion
        ? .slabs(pixels: shape.h * shape.w, channels: shape.c, precision: self.precision)
        : .nhwc(pixels: shape.h * shape.w, channels: shape.c, precision: self.precision))
    append(.convolution(layer), of: [index], input: input, output: output, with: &planner)
  }

  private mutating func appendProduct(
    _ index: Int, _ layer: ProductLayer, input: Int, scaledWeights: Int? = nil,
    with planner: inout Planner
  ) {
    let shape = planner.shape(index)
    // The logits are 32-bit floats, and what is made of such vectors.
    let isVector =
      planner.isClassifier(index) || shape.h * shape.w == 1 && layer.precision == .float32
    let output = addBuffer(
      .nhwc(
        pixels: shape.h * shape.w, channels: shape.c, precision: isVector ? .float32 : precision))
    append(
      .product(layer), of: [index], input: input, second: scaledWeights, output: output,
      with: &planner)
  }

  /// Appends the step of some layers; the value of the last one is in buffer `output` then.
  private mutating func append(
    _ kernel: Kernel, of layers: [Int], input: Int, second: Int? = nil, output: Int,
    with planner: inout Planner
  ) {
    let last = layers[layers.count - 1]
    planner.buffers[planner.layers[last].output] = output
    append(
      Step(
        name: planner.name(layers[0]), kernel: kernel, nodes: planner.nodes(layers), input: input,
        residual: planner.layers[last].residual.map { planner.buffer($0) }, second: second,
        output: output, shape: planner.shape(last)))
  }

  private mutating func product(
    _ layer: FusedLayer, _ operation: Graph.Operation, _ precision: Precision? = nil
  ) -> ProductLayer {
    let (depth, outputs) = operation.productSize
    return product(
      layer, taps: 1, depth: depth, outputs: outputs, precision: precision ?? self.precision)
  }

  private mutating func convolution(
    _ layer: FusedLayer, _ c: Convolution, _ inputShape: Shape, precision: Precision
  ) -> ConvolutionLayer {
    ConvolutionLayer(
      window: Window(c, inputShape),
      product: product(
        layer, taps: c.kernel * c.kernel, depth: c.inputs, outputs: c.outputs,
        precision: precision))
  }

  private mutating func product(
    _ layer: FusedLayer, taps: Int, depth: Int, outputs: Int, precision: Precision
  ) -> ProductLayer {
    let columns = Kernels.channelStride(outputs)
    let product = ProductLayer(
      depth: depth, columns: columns,
      weights: addConstants(taps * precision.words(depth) * columns),
      bias: addConstants(columns), activation: layer.activation,
      activatesSum: layer.activatesSum, precision: precision)
    constants.append(Constant(form: .product(product, taps: taps), layer: layer))
    return product
  }
}

extension Graph.Operation {
  /// Whether it is a convolution with a filter larger than a pixel, or that skips pixels.
  fileprivate var isSpatial: Bool {
    switch self {
    case .convolution(let c): c.kernel > 1 || c.stride > 1
    case .depthwiseConvolution, .averagePool: true
    case .input, .batchNorm, .activation, .globalAveragePool, .scale, .add, .dropout,
      .stochasticDepth, .linear:
      false
    }
  }

  /// Inputs and outputs of a 1×1 convolution or a fully connected layer.
  fileprivate var productSize: (inputs: Int, outputs: Int) {
    switch self {
    case .convolution(let c): (c.inputs, c.outputs)
    case .linear(let inputs, let outputs): (inputs, outputs)
    case .input, .depthwiseConvolution, .averagePool, .batchNorm, .activation, .globalAveragePool,
      .scale, .add, .dropout, .stochasticDepth:
      preconditionFailure("\(self) is no product")
    }
  }
}

extension Window {
  /// The filter of `convolution` on an image of `shape`.
  init(_ convolution: Convolution, _ shape: Shape) {
    let c = convolution
    let rows = c.padding.extent(size: shape.h, kernel: c.kernel, stride: c.stride)
    let columns = c.padding.extent(size: shape.w, kernel: c.kernel, stride: c.stride)
    self.init(
      inputHeight: shape.h, inputWidth: shape.w, outputHeight: rows.outputs,
      outputWidth: columns.outputs, kernel: c.kernel, stride: c.stride, top: rows.before,
      left: columns.before)
  }
}

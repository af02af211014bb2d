internal import EfficientNetCompute

/// A plan under construction, with facts about its graph.
struct Planner {
  private(set) var plan: Plan
  private let graph: Graph
  private let shapes: [Shape]
  let layers: [FusedLayer]
  /// The layers that read each layer's output.
  private let readers: [[Int]]
  private let keeping: Set<Int>
  /// ``Quantization/floats``
  private let floats: Set<String>
  /// The buffer of each node's output.
  private var buffers: [Int: Int] = [:]
  /// The layers that are already part of a step.
  private var isPlanned: Set<Int> = []
  /// The layer that computes each node's output.
  private let makers: [Int: Int]

  /// Starts with a plan without steps.
  init(_ plan: Plan, graph: Graph, keeping: Set<Int>, floats: Set<String>) {
    (self.plan, self.graph, self.keeping, self.floats) = (plan, graph, keeping, floats)
    shapes = graph.shapes(input: plan.inputShape)
    let layers = graph.fusedLayers(keeping: keeping)
    self.layers = layers
    var maker: [Int: Int] = [:]
    for (index, layer) in layers.enumerated() { maker[layer.output] = index }
    makers = maker
    var readers = Array(repeating: [Int](), count: layers.count)
    for (index, layer) in layers.enumerated() {
      let inputs = graph.nodes[layer.node].inputs + [layer.residual].compactMap(\.self)
      for input in inputs {
        if let made = maker[input] { readers[made].append(index) }
      }
    }
    self.readers = readers
  }

  private func operation(_ layer: Int) -> Graph.Operation {
    graph.nodes[layers[layer].node].operation
  }
  private func name(_ layer: Int) -> String { graph.nodes[layers[layer].node].name }
  /// Returns the number format of the feature maps that a layer reads.
  private func precision(_ layer: Int) -> Precision {
    let block = graph.nodes[layers[layer].node].part.roundedName
    return plan.precision == .int8 && block.map(floats.contains) == true ? .float32 : plan.precision
  }
  /// Returns the number format of a layer's output, if it is a feature map: that of its readers,
  /// which are all in one block.
  private func mapPrecision(_ layer: Int) -> Precision {
    readers[layer].first.map { precision($0) } ?? plan.precision
  }
  /// Returns the nodes that a layer reads, without the residual.
  private func inputs(_ layer: Int) -> [Int] { graph.nodes[layers[layer].node].inputs }
  private func shape(_ layer: Int) -> Shape { shapes[layers[layer].output] }
  private func nodes(_ layers: [Int]) -> [Int] { layers.flatMap { self.layers[$0].nodes } }
  /// Returns the name of the layer that computes a node's output, without those that inference skips;
  /// nil for the input.
  private func layerName(ofOutput node: Int) -> String? {
    guard let layer = makers[node] else { return nil }
    return switch operation(layer) {
    case .input: nil
    case .dropout, .stochasticDepth: layerName(ofOutput: inputs(layer)[0])
    default: name(layer)
    }
  }
  /// Returns whether a layer's output is the result of the network.
  private func isClassifier(_ layer: Int) -> Bool { readers[layer].isEmpty }

  func buffer(_ node: Int) -> Int {
    guard let buffer = buffers[node] else {
      preconditionFailure("\(graph.nodes[node].name) is read before it is computed")
    }
    return buffer
  }

  /// Returns the only reader of the layer's output. Returns nil for several readers, for a reader
  /// that adds the output as a residual, and for an output that must be stored.
  private func onlyReader(_ layer: Int) -> Int? {
    guard readers[layer].count == 1, !keeping.contains(layers[layer].output) else { return nil }
    let reader = readers[layer][0]
    return inputs(reader).contains(layers[layer].output) ? reader : nil
  }

  /// Returns whether a layer is a 1×1 convolution or fully connected, without a residual.
  private func isProduct(_ layer: Int) -> Bool {
    layers[layer].residual == nil && operation(layer).productSize != nil
  }
}

extension Planner {
  /// Adds the step that starts with layer `index`, fused with as many following layers as possible.
  mutating func addStep(_ index: Int) {
    guard isPlanned.insert(index).inserted else { return }
    let output = layers[index].output
    switch operation(index) {
    case .input:
      let shape = plan.inputShape
      buffers[output] = plan.addBuffer(.image(pixels: shape.h * shape.w, channels: shape.c))
    case .dropout, .stochasticDepth:
      buffers[output] = buffer(inputs(index)[0])
    case .convolution, .linear:
      if let depthwise = depthwise(behind: index) {
        addSeparable(depthwise, source: index)
      } else if isProduct(index), let pool = onlyReader(index),
        case .globalAveragePool = operation(pool), isStoredInOneSlab(inputs(index)[0])
      {
        addPooledProduct(index, pool: pool)
      } else if let scale = onlyReader(index), case .scale = operation(scale),
        inputs(scale)[1] == output
      {
        addExcitation(index, scale: scale)
      } else {
        addConvolution(index)
      }
    case .depthwiseConvolution:
      addSeparable(index, source: nil)
    case .averagePool(let c):
      addAveragePool(index, c)
    case .globalAveragePool:
      addSqueeze(index, sums: nil)
    case .scale, .batchNorm, .activation, .add:
      preconditionFailure("\(name(index)) does not follow a convolution")
    }
  }

  /// Returns the depthwise convolution that reads the output of convolution `index`, if both can be
  /// one step.
  private func depthwise(behind index: Int) -> Int? {
    guard let reader = onlyReader(index), layers[index].residual == nil,
      case .depthwiseConvolution = operation(reader)
    else { return nil }
    let input = inputs(index)[0]
    // A step computes its rows from NHWC, so a projection before a block that does not expand is a
    // separate step. The stem computes its rows from images of 32-bit floats.
    let isFused =
      isProduct(index)
      ? precision(index) == precision(reader) && isStoredInOneSlab(input) : input == 0
    return isFused ? reader : nil
  }

  /// Returns whether the buffer of a node's output is NHWC; true if there is no buffer.
  private func isStoredInOneSlab(_ node: Int) -> Bool {
    buffers[node].map { plan.buffers[$0].layout.slabs == 1 } ?? true
  }

  /// Returns whether layer `index` is a 1×1 convolution in a separate step, which can read slabs.
  private func isProjection(_ index: Int) -> Bool {
    guard case .convolution = operation(index), operation(index).productSize != nil,
      depthwise(behind: index) == nil
    else { return false }
    let reader = onlyReader(index).map { operation($0) }
    return reader != .globalAveragePool && reader != .scale
  }

  private mutating func addSeparable(_ index: Int, source: Int?) {
    guard case .depthwiseConvolution(let c) = operation(index) else {
      preconditionFailure("\(name(index)) is not a depthwise convolution")
    }
    isPlanned.insert(index)
    let made: SeparableLayer.Source =
      if let source {
        operation(source).productSize == nil
          ? .stem(convolution(source, .float32))
          : .expansion(product(source, precision(source), writesMap: true))
      } else {
        .stored
      }
    let layer = separable(index, c, made)
    plan.constants.append(
      .init(form: .depthwise(layer), layer: layers[index], codes: codes(of: index)))
    let shape = shape(index)
    let output = addMap(shape, isInSlabs: true, precision(index))
    let pool = readers[index].first { operation($0) == .globalAveragePool }
    let sums = pool.map { _ in
      plan.addBuffer(.nhwc(pixels: shape.h, channels: shape.c, precision: .float32))
    }
    append(
      .separable(layer), of: [source, index].compactMap(\.self),
      input: buffer(inputs(source ?? index)[0]), second: sums, output: output)
    if let pool { addSqueeze(pool, sums: sums) }
  }

  /// Adds a depthwise convolution with equal weights. Its output is NHWC, like the output of the
  /// projection that adds it.
  private mutating func addAveragePool(_ index: Int, _ c: Convolution) {
    let layer = separable(index, c, .stored)
    plan.constants.append(
      .init(form: .averagePool(layer), layer: layers[index], codes: codes(of: index)))
    append(
      .averagePool(layer), of: [index], input: buffer(inputs(index)[0]),
      output: addMap(shape(index), precision(index)))
  }

  /// Adds the mean, and the small layer that reads it, if there is one.
  private mutating func addSqueeze(_ index: Int, sums: Int?) {
    isPlanned.insert(index)
    let node = inputs(index)[0]
    let inputShape = shapes[node]
    let reduce = onlyReader(index).flatMap { reader in
      isProduct(reader) && onlyReader(reader) != nil && !isClassifier(reader) ? reader : nil
    }
    if let reduce { isPlanned.insert(reduce) }
    let layer = reduce.map { product($0, .float32, writesMap: false) }
    append(
      .squeeze(count: inputShape.h * inputShape.w, layer),
      of: [index, reduce].compactMap(\.self), input: sums ?? buffer(node),
      output: addMap(shape(reduce ?? index), .float32))
  }

  /// Adds the second layer of squeeze-and-excitation and the multiplication by its gate.
  private mutating func addExcitation(_ index: Int, scale: Int) {
    isPlanned.insert(scale)
    let gateLayer = product(index, .float32, writesMap: false)
    let gate = addMap(shape(index), .float32)
    let map = buffer(inputs(scale)[0])
    let shape = shape(scale)
    let activation = layers[scale].activation
    let precision = precision(index)
    let input = buffer(inputs(index)[0])
    if let project = onlyReader(scale), case .convolution = operation(project),
      activation == .identity, precision != .int8,
      Kernels.channelStride(self.shape(project).c) < shape.h * shape.w
    {
      // The gate scales the projection's weights, if they are floats, instead of its input.
      isPlanned.insert(project)
      let projection = product(project, precision, writesMap: true)
      let scaled = plan.addBuffer(
        .image(pixels: 1, channels: projection.depthWords * projection.columns))
      plan.append(
        Plan.Step(
          name: name(index), kernel: .excite(gateLayer, .weights(projection)),
          nodes: nodes([index, scale]), input: input, second: gate, output: scaled,
          shape: self.shape(index), codes: Plan.CodeNames()))
      appendProduct(project, projection, input: map, scaledWeights: scaled)
    } else {
      var codes: Region?
      if precision == .int8 {
        let channels = Kernels.channelStride(shape.c)
        let region = plan.addConstants(LayerConstants.count(channels, .int8))
        plan.constants.append(
          .init(
            form: .gatedMap(region, channels: channels), layer: layers[scale],
            codes: self.codes(of: scale)))
        codes = region
      }
      append(
        .excite(gateLayer, .map(activation, codes: codes)), of: [index, scale], input: input,
        second: gate, output: map)
    }
  }

  private mutating func addPooledProduct(_ index: Int, pool: Int) {
    isPlanned.insert(pool)
    let layer = product(index, precision(index), writesMap: false)
    append(
      .pooledProduct(layer), of: [index, pool], input: buffer(inputs(index)[0]),
      output: addMap(shape(pool), plan.precision == .int8 ? .float32 : plan.precision))
  }

  private mutating func addConvolution(_ index: Int) {
    let input = buffer(inputs(index)[0])
    let precision = plan.buffers[input].layout.precision
    if operation(index).productSize != nil {
      let writesMap = !storesVector(index, precision)
      appendProduct(index, product(index, precision, writesMap: writesMap), input: input)
      return
    }
    let layer = convolution(index, precision)
    // A map that only a projection reads has the layout of expanded channels.
    let isExpansion =
      layers[index].residual == nil && onlyReader(index).map { isProjection($0) } ?? false
    let output = addMap(shape(index), isInSlabs: isExpansion, mapPrecision(index))
    append(.convolution(layer), of: [index], input: input, output: output)
  }

  private mutating func appendProduct(
    _ index: Int, _ layer: ProductLayer, input: Int, scaledWeights: Int? = nil
  ) {
    append(
      .product(layer), of: [index], input: input, second: scaledWeights,
      output: addMap(
        shape(index), storesVector(index, layer.precision) ? .float32 : mapPrecision(index)))
  }

  /// Returns whether the output of a product is a vector of 32-bit floats, as the logits are and the
  /// products of vectors of 32-bit floats.
  private func storesVector(_ index: Int, _ precision: Precision) -> Bool {
    let shape = shape(index)
    return isClassifier(index)
      || shape.h * shape.w == 1 && precision == .float32 && self.precision(index) != .float32
  }

  /// Adds a buffer for a feature map, in NHWC or in slabs of expanded channels.
  private mutating func addMap(
    _ shape: Shape, isInSlabs: Bool = false, _ precision: Precision
  ) -> Int {
    let make = isInSlabs ? MapLayout.slabs : MapLayout.nhwc
    var layout = make(shape.h * shape.w, shape.c, precision)
    layout.codesPerWord = plan.codesPerWord
    return plan.addBuffer(layout)
  }

  /// Appends a step for some layers. The output of the last layer goes to buffer `output`.
  private mutating func append(
    _ kernel: Plan.Kernel, of layers: [Int], input: Int, second: Int? = nil, output: Int
  ) {
    let last = layers[layers.count - 1]
    buffers[self.layers[last].output] = output
    plan.append(
      Plan.Step(
        name: name(layers[0]), kernel: kernel, nodes: nodes(layers), input: input,
        residual: self.layers[last].residual.map { buffer($0) }, second: second, output: output,
        shape: shape(last),
        codes: Plan.CodeNames(
          input: hasCodes(input) ? layerName(ofOutput: inputs(layers[0])[0]) : nil,
          output: hasCodes(output) ? name(last) : nil)))
  }

  /// Returns whether a buffer has codes of int8.
  private func hasCodes(_ buffer: Int) -> Bool {
    plan.buffers[buffer].layout.precision == .int8
  }

  /// Describes a 1×1 convolution or a fully connected layer.
  ///
  /// - Parameter writesMap: Whether the output is a feature map in the number format of its readers,
  ///   not 32-bit floats.
  private mutating func product(
    _ index: Int, _ precision: Precision, writesMap: Bool
  ) -> ProductLayer {
    guard let (depth, outputs) = operation(index).productSize else {
      preconditionFailure("\(name(index)) is not a product")
    }
    return product(
      index, taps: 1, depth: depth, outputs: outputs, precision, writesMap: writesMap)
  }

  private mutating func convolution(_ index: Int, _ precision: Precision) -> ConvolutionLayer {
    guard case .convolution(let c) = operation(index) else {
      preconditionFailure("\(name(index)) is not a convolution")
    }
    return ConvolutionLayer(
      window: Window(c, shapes[inputs(index)[0]]),
      product: product(
        index, taps: c.kernel * c.kernel, depth: c.inputs, outputs: c.outputs, precision,
        writesMap: true))
  }

  private mutating func product(
    _ index: Int, taps: Int, depth: Int, outputs: Int, _ precision: Precision, writesMap: Bool
  ) -> ProductLayer {
    let columns = Kernels.channelStride(outputs)
    let layer = layers[index]
    let codes = codes(of: index, readsMap: precision == .int8, writesMap: writesMap)
    let hasCodes = codes.input != nil || codes.output != nil
    var product = ProductLayer(
      depth: depth, outputs: outputs, weights: Region(offset: 0, count: 0),
      bias: Region(offset: 0, count: 0), activation: layer.activation,
      activatesSum: layer.activatesSum, precision: precision,
      widensWeights: self.precision(index) == .int8 && graph.nodes[layer.node].part == .classifier,
      codesPerWord: plan.codesPerWord)
    product.weights = plan.addConstants(taps * product.depthWords * columns)
    product.bias = plan.addConstants(
      product.widensWeights
        ? 2 * columns : LayerConstants.count(columns, hasCodes ? .int8 : .float32))
    plan.constants.append(
      .init(form: .product(product, taps: taps), layer: layer, codes: codes))
    return product
  }

  /// Returns the names of the codes that a layer reads, adds and writes in int8.
  private func codes(
    of index: Int, readsMap: Bool = true, writesMap: Bool = true
  ) -> Plan.CodeNames {
    let readsCodes = precision(index) == .int8
    return Plan.CodeNames(
      input: readsMap && readsCodes ? layerName(ofOutput: inputs(index)[0]) : nil,
      residual: readsCodes ? layers[index].residual.flatMap { layerName(ofOutput: $0) } : nil,
      output: writesMap && mapPrecision(index) == .int8 ? name(index) : nil)
  }

  private mutating func separable(
    _ index: Int, _ c: Convolution, _ source: SeparableLayer.Source
  ) -> SeparableLayer {
    let channels = Kernels.channelStride(shape(index).c)
    let window = Window(c, shapes[inputs(index)[0]])
    return SeparableLayer(
      source: source, window: window, channels: channels,
      filters: plan.addConstants(window.filterCount(channels: channels)),
      bias: plan.addConstants(LayerConstants.count(channels, precision(index))),
      activation: layers[index].activation)
  }
}

extension Graph.Operation {
  /// The inputs and outputs of a 1×1 convolution or a fully connected layer; nil for other
  /// operations.
  fileprivate var productSize: (inputs: Int, outputs: Int)? {
    switch self {
    case .convolution(let c) where c.kernel == 1 && c.stride == 1: (c.inputs, c.outputs)
    case .linear(let inputs, let outputs): (inputs, outputs)
    case .input, .convolution, .depthwiseConvolution, .averagePool, .batchNorm, .activation,
      .globalAveragePool, .scale, .add, .dropout, .stochasticDepth:
      nil
    }
  }
}

extension Window {
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

internal import EfficientNet
internal import EfficientNetCompute

extension TrainingPlan {
  /// Plans the training of a network on batches of up to `images` images.
  ///
  /// - Parameters:
  ///   - precision: The number format of feature maps and of the inputs of their products; features
  ///     are always floats.
  ///   - keepsStages: Whether the values of stem, stages and head are stored unchanged, with their
  ///     gradients.
  init(
    _ architecture: Architecture, images: Int, precision: Precision, keepsStages: Bool = false,
    threads: Int, kernels: Kernels
  ) {
    var builder = Builder(
      architecture, images: images, precision: precision, keepsStages: keepsStages)
    builder.addForward()
    builder.addBackward()
    builder.keepStages()
    self = builder.plan
    place(threads: threads, kernels: kernels)
  }

  /// Walks through the graph forward, then through the layers backward.
  struct Builder {
    var plan: TrainingPlan
    let precision: Precision
    private let graph: Graph
    private let shapes: [Shape]
    private let momentum: Double
    /// The readers of each node, without pooling, whose gradient is the same for all pixels.
    private let readers: [[Int]]
    /// The names of the nodes whose values are kept.
    private let stages: [Int: String]
    /// The reading of each node's value.
    private var values: [Reading] = []
    /// The buffers that hold a node's value unchanged.
    private var stored: [Int: Int] = [:]
    /// The gradient of each buffer, as far as known.
    var gradients: [Int: OutputGradient] = [:]
    /// The buffers that no gradient flows into: images, stochastic depth, masks.
    var constants: Set<Int> = []
    /// The layer that produces each buffer.
    var producers: [Int: Int] = [:]

    init(_ architecture: Architecture, images: Int, precision: Precision, keepsStages: Bool) {
      (graph, self.precision) = (Graph(architecture), precision)
      momentum = architecture.batchNormMomentum
      shapes = graph.shapes(input: architecture.inputShape)
      plan = TrainingPlan(
        images: images, inputShape: architecture.inputShape, classes: shapes.last?.c ?? 0)
      let nodes = graph.nodes
      readers = graph.readers().map { $0.filter { nodes[$0].operation != .globalAveragePool } }
      // After the pooling there are no maps.
      let maps = keepsStages ? graph.stageEnds.prefix { $0.name != "global_pool" } : []
      stages = Dictionary(uniqueKeysWithValues: maps.map { ($0.node, $0.name) })
    }

    /// The time of the next layer.
    private var now: Int { plan.layers.count }

    mutating func addForward() {
      for (index, node) in graph.nodes.enumerated() {
        values.append(add(node, index))
        storeIfShared(index)
        if let stage = stages[index] { keep(stage, index) }
      }
      plan.logits = plain(graph.nodes.count - 1)
    }

    private mutating func add(_ node: Graph.Node, _ index: Int) -> Reading {
      let x = node.inputs.first.map { values[$0] } ?? Reading(buffer: 0)
      switch node.operation {
      case .input:
        plan.input = plan.addBuffer(
          .maps(
            .image(
              pixels: shapes[0].h * shapes[0].w, channels: shapes[0].c, precision: precision)),
          at: 0)
        constants.insert(plan.input)
        return Reading(buffer: plan.input)
      case .convolution(let c): return addProduct(node, index, c)
      case .linear(let inputs, let outputs):
        return addProduct(
          node, index,
          Convolution(
            inputs: inputs, outputs: outputs, kernel: 1, stride: 1, padding: .same, hasBias: true))
      case .depthwiseConvolution(let c):
        let (weight, bias) = addWeight(
          node, .filters(channels: c.outputs, taps: c.kernel * c.kernel), c)
        return addFilters(node, index, c, weight: weight, bias: bias, isReadInSlabs: true)
      case .averagePool(let c):
        return addFilters(
          node, index, c, weight: nil, bias: nil, isReadInSlabs: isReadInSlabs(index))
      case .batchNorm(let channels, let epsilon):
        precondition(x.isPlain, "\(node.name) follows no convolution")
        let norm = addNorm(node, channels: channels, epsilon: epsilon)
        attach(norm, to: x.buffer)
        return Reading(buffer: x.buffer, norm: norm)
      case .activation(let activation):
        var reading = x.activation == .identity && x.gate == nil ? x : plainReading(node.inputs[0])
        reading.activation = activation
        return reading
      case .globalAveragePool:
        let mean = plan.addBuffer(.features(channels: shapes[index].c), at: now)
        return append(.pool(.init(x: x, mean: mean)), reads: [x], makes: mean)
      case .scale:
        var reading = x.gate == nil ? x : plainReading(node.inputs[0])
        reading.gate = plain(node.inputs[1])
        return reading
      case .stochasticDepth(let rate):
        guard rate > 0 else { return x }
        var reading = x.gate == nil ? x : plainReading(node.inputs[0])
        let keep = plan.addBuffer(.features(channels: shapes[index].c), at: 0)
        plan.keeps.append((keep, rate))
        constants.insert(keep)
        reading.gate = keep
        return reading
      case .dropout(let rate):
        guard rate > 0 else { return x }
        return addDropout(node, rate)
      case .add:
        let residual = plain(node.inputs[1])
        return store(x, residual: residual, index)
      }
    }

    // MARK: - Layers

    private mutating func addProduct(
      _ node: Graph.Node, _ index: Int, _ c: Convolution
    ) -> Reading {
      let input = node.inputs[0]
      let isFeatures = plan.isFeatures(values[input].buffer)
      let x = c.kernel == 1 && c.stride == 1 && !isFeatures ? values[input] : plainReading(input)
      let rows = Shape(n: 1, h: plan.images, w: 1, c: 1)
      let (from, to) = isFeatures ? (rows, rows) : (shapes[input], shapes[index])
      let (weight, bias) = addWeight(
        node, .matrix(inputs: c.inputs, outputs: c.outputs, taps: c.kernel * c.kernel), c)
      let product = TrainingProduct(
        window: window(c, from: from, to: to), inputs: c.inputs,
        columns: Kernels.channelStride(c.outputs),
        precision: isFeatures ? .float32 : precision, weights: none, transposed: none, bias: none,
        zeros: none)
      let y = addBuffer(index, isFeatures: isFeatures, isReadInSlabs: isReadInSlabs(index))
      let layer = TrainingLayer.ConvolutionLayer(
        name: node.name, arithmetic: .product(product), weight: weight, bias: bias, x: x, y: y)
      return append(.convolution(layer), reads: [x], makes: y)
    }

    /// A depthwise convolution; its filters are constant if it has no weight.
    private mutating func addFilters(
      _ node: Graph.Node, _ index: Int, _ c: Convolution, weight: Int?, bias: Int?,
      isReadInSlabs: Bool
    ) -> Reading {
      let input = node.inputs[0]
      var x = values[input]
      if !x.isPlain, x.norm == nil || x.gate != nil { x = plainReading(input) }
      let depthwise = TrainingDepthwise(
        window: window(c, from: shapes[input], to: shapes[index]),
        channels: Kernels.channelStride(c.outputs), filters: none, bias: nil)
      let y = addBuffer(index, isFeatures: false, isReadInSlabs: isReadInSlabs)
      let layer = TrainingLayer.ConvolutionLayer(
        name: node.name, arithmetic: .depthwise(depthwise), weight: weight, bias: bias, x: x, y: y)
      return append(.convolution(layer), reads: [x], makes: y)
    }

    /// The placeholder for regions that are assigned later.
    private var none: Region { Region(offset: 0, count: 0) }

    private mutating func addDropout(_ node: Graph.Node, _ rate: Double) -> Reading {
      let x = plain(node.inputs[0])
      let form = plan.buffers[x].form
      let mask = plan.addBuffer(form, at: now)
      let out = plan.addBuffer(form, at: now)
      constants.insert(mask)
      plan.touch(mask, at: now)
      return append(
        .dropout(.init(rate: rate, x: x, mask: mask, out: out)), reads: [Reading(buffer: x)],
        makes: out)
    }

    private mutating func store(_ x: Reading, residual: Int?, _ index: Int) -> Reading {
      let isFeatures = plan.isFeatures(x.buffer)
      let out = addBuffer(index, isFeatures: isFeatures, isReadInSlabs: false)
      return append(
        .store(.init(x: x, residual: residual, out: out)),
        reads: [x] + (residual.map { [Reading(buffer: $0)] } ?? []), makes: out)
    }

    /// Adds a layer and returns the reading of its value.
    private mutating func append(
      _ layer: TrainingLayer, reads: [Reading], makes: Int
    ) -> Reading {
      for reading in reads { plan.touch(reading, at: now) }
      plan.touch(makes, at: now)
      producers[makes] = now
      plan.layers.append(layer)
      return Reading(buffer: makes)
    }

    // MARK: - Values

    /// The buffer that holds a node's value unchanged.
    private mutating func plain(_ node: Int) -> Int {
      if values[node].isPlain { return values[node].buffer }
      if let buffer = stored[node] { return buffer }
      let out = store(values[node], residual: nil, node).buffer
      stored[node] = out
      values[node] = Reading(buffer: out)
      return out
    }

    private mutating func plainReading(_ node: Int) -> Reading { Reading(buffer: plain(node)) }

    /// Stores a value that several layers read, so that its gradient accumulates in one place.
    private mutating func storeIfShared(_ node: Int) {
      if !values[node].isPlain, readers[node].count > 1 { _ = plain(node) }
    }

    /// Stores the value of a node under the name of a stage.
    private mutating func keep(_ stage: String, _ node: Int) {
      let buffer = plain(node)
      guard let layer = producers[buffer] else { preconditionFailure("no layer produces \(stage)") }
      plan.stages.append(Stage(name: stage, shape: shapes[node], buffer: buffer, layer: layer))
    }

    /// Whether the value that begins at a convolution is read without being stored again.
    private func isReadInSlabs(_ node: Int) -> Bool {
      var node = node
      while true {
        guard stages[node] == nil, readers[node].count <= 1 else { return false }
        guard let reader = readers[node].first else { return true }
        switch graph.nodes[reader].operation {
        case .batchNorm, .activation, .scale: node = reader
        case .depthwiseConvolution, .averagePool: return true
        case .convolution(let c): return c.kernel == 1 && c.stride == 1
        case .input, .globalAveragePool, .add, .dropout, .stochasticDepth, .linear: return false
        }
      }
    }

    /// Adds a buffer for a node's value.
    private mutating func addBuffer(_ node: Int, isFeatures: Bool, isReadInSlabs: Bool) -> Int {
      let shape = shapes[node]
      if isFeatures { return plan.addBuffer(.features(channels: shape.c), at: now) }
      let layout: MapLayout =
        isReadInSlabs
        ? .slabs(pixels: shape.h * shape.w, channels: shape.c, precision: precision)
        : .nhwc(pixels: shape.h * shape.w, channels: shape.c, precision: precision)
      return plan.addBuffer(.maps(layout), at: now)
    }

    private func window(_ c: Convolution, from x: Shape, to y: Shape) -> Window {
      Window(
        inputHeight: x.h, inputWidth: x.w, outputHeight: y.h, outputWidth: y.w, kernel: c.kernel,
        stride: c.stride,
        top: c.padding.extent(size: x.h, kernel: c.kernel, stride: c.stride).before,
        left: c.padding.extent(size: x.w, kernel: c.kernel, stride: c.stride).before)
    }

    // MARK: - Parameters

    /// Adds the weight of a convolution, and its bias if it has one.
    private mutating func addWeight(
      _ node: Graph.Node, _ form: TrainingParameter.Form, _ c: Convolution
    ) -> (weight: Int, bias: Int?) {
      plan.parameters.append(parameter("weight", node, form, kind: .weight))
      let weight = plan.parameters.count - 1
      guard c.hasBias else { return (weight, nil) }
      plan.parameters.append(
        parameter("bias", node, .vector(channels: c.outputs), kind: .bias))
      return (weight, weight + 1)
    }

    private func parameter(
      _ leaf: String, _ node: Graph.Node, _ form: TrainingParameter.Form,
      kind: TrainingParameter.Kind
    ) -> TrainingParameter {
      let name = "\(node.name).\(leaf)"
      let parameters = node.operation.parameters(layer: node.name)
      guard let shape = parameters.first(where: { $0.name == name })?.shape else {
        preconditionFailure("\(node.name) has no \(name)")
      }
      return TrainingParameter(name: name, shape: shape, form: form, kind: kind, part: node.part)
    }

    private mutating func addNorm(_ node: Graph.Node, channels: Int, epsilon: Double) -> Int {
      let form = TrainingParameter.Form.vector(channels: channels)
      plan.parameters += ["weight", "bias"].map { parameter($0, node, form, kind: .norm) }
      plan.statistics += ["running_mean", "running_var"].map {
        parameter($0, node, form, kind: .norm)
      }
      plan.normPlans.append(
        NormPlan(
          part: node.part, channels: Kernels.channelStride(channels), epsilon: epsilon,
          momentum: momentum, gamma: plan.parameters.count - 2, mean: plan.statistics.count - 2))
      return plan.normPlans.count - 1
    }

    /// Records in the convolution that wrote a buffer which norm follows.
    private mutating func attach(_ norm: Int, to buffer: Int) {
      guard let producer = producers[buffer] else { return }
      guard var layer = plan.layers[producer].convolution else {
        preconditionFailure("a norm follows no convolution")
      }
      layer.norm = norm
      plan.layers[producer] = .convolution(layer)
    }
  }
}

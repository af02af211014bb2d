package import EfficientNetCompute

/// A network made ready to run: its steps in order, the buffers they read and write, and the place of
/// every packed weight. Pure data; ``Engine`` adds the weights, ``Session`` the memory.
package struct Plan: Sendable {
  /// One region of work that the threads share, with all layers that are fused into it.
  package struct Step: Sendable {
    /// The name of its first layer.
    package let name: String
    package let kernel: Kernel
    /// The nodes of the graph that it stands for.
    package let nodes: [Int]
    package let input: Int
    /// The buffer of the residual.
    package var residual: Int?
    /// A second buffer: the sums that a depthwise convolution writes beside its output, the gate of an excitation, or
    /// the scaled weights of a product.
    package var second: Int?
    package let output: Int
    /// The shape of its output for one image.
    package let shape: Shape
    /// Weights that the next steps read.
    package internal(set) var upcoming = Prefetch()

    /// The node whose value it writes.
    package var outputNode: Int { nodes[nodes.count - 1] }
  }

  package enum Kernel: Sendable {
    /// A 1×1 convolution or a fully connected layer.
    case product(ProductLayer)
    /// A convolution with a larger filter.
    case convolution(ConvolutionLayer)
    /// Expansion (or stem) and depthwise convolution.
    case separable(SeparableLayer)
    /// Means of the pixels under a filter: a depthwise convolution of a stored map.
    case averagePool(SeparableLayer)
    /// The mean over `count` pixels and, of squeeze-and-excitation, the layer behind it.
    case squeeze(count: Int, ProductLayer?)
    /// The gate's layer, and the gate on the layer behind it: on its weights or on its input.
    case excite(ProductLayer, Gate)
    /// The head and the pooling behind it.
    case pooledProduct(ProductLayer)

    /// The layer over all channels that it computes, the one that a gate is multiplied with left out.
    var product: ProductLayer? {
      switch self {
      case .product(let layer), .pooledProduct(let layer), .excite(let layer, _): layer
      case .convolution(let layer): layer.product
      case .separable(let layer), .averagePool(let layer): layer.source.product
      case .squeeze(_, let layer): layer
      }
    }

    /// The depthwise convolution that it computes.
    var depthwise: SeparableLayer? {
      switch self {
      case .separable(let layer), .averagePool(let layer): layer
      case .product, .convolution, .squeeze, .excite, .pooledProduct: nil
      }
    }
  }

  /// What the gate of squeeze-and-excitation is multiplied with.
  package enum Gate: Sendable {
    /// The weights of the projection: cheap where the map has more pixels than the projection has outputs.
    case weights(ProductLayer)
    /// The feature map, in place; then the activation.
    case map(Activation)
  }

  /// Memory for one value, for as long as steps need it.
  package struct Buffer: Lifetime, Sendable {
    package let layout: MapLayout
    /// The step that writes it, −1 for the input.
    package let firstStep: Int
    /// The last step that reads it.
    package fileprivate(set) var lastStep: Int

    /// Words for one image.
    package var count: Int { layout.count }
  }

  /// Where the weights of a layer go, and in which form.
  package struct Constant: Sendable {
    package enum Form: Sendable {
      /// In panels, tap after tap of a filter.
      case product(ProductLayer, taps: Int)
      /// In slabs of channels, tap after tap.
      case depthwise(SeparableLayer)
      /// The same, all 1 / kernel².
      case averagePool(SeparableLayer)
    }
    package let form: Form
    let layer: FusedLayer
  }

  /// One image as the network takes it.
  package private(set) var inputShape: Shape
  /// Of feature maps and weights.
  package private(set) var precision: Precision
  package internal(set) var steps: [Step] = []
  package private(set) var buffers: [Buffer] = []
  /// The buffer of the images: their channels are not padded.
  package var inputBuffer: Int { 0 }
  package internal(set) var constants: [Constant] = []
  /// Words of all packed weights.
  package private(set) var constantCount = 0
  /// The place of each buffer in the memory for one image.
  package private(set) var places: [Region] = []
  /// Words of the memory for one image.
  package private(set) var memoryCount = 0

  /// Plans `graph` for images of `inputShape`.
  ///
  /// - Parameter keeping: Nodes whose values have to be there when their step is done: nothing is fused over them.
  package init(
    _ graph: Graph, inputShape: Shape, precision: Precision = .float32, keeping: Set<Int> = []
  ) {
    (self.inputShape, self.precision) = (inputShape, precision)
    var planner = Planner(self, graph: graph, keeping: keeping)
    for layer in planner.layers.indices { planner.addStep(layer) }
    self = planner.plan
    lookAhead()
    // The logits are read after the last step.
    buffers[planner.buffer(graph.nodes.count - 1)].lastStep = steps.count
    (places, memoryCount) = MemoryPlanner.place(buffers)
  }

  /// Plans a network that ``Architecture/validate()`` accepts.
  package init(_ architecture: Architecture, precision: Precision = .float32) {
    self.init(Graph(architecture), inputShape: architecture.inputShape, precision: precision)
  }

  /// Bytes of all packed weights: one copy for all sessions.
  package var weightBytes: Int { 4 * constantCount }
  /// Bytes of memory for each image that is computed at a time (one a thread), about.
  package var bytesPerImage: Int { 4 * (memoryCount + scratchCount) }

  /// Memory that a step needs for each thread, in floats.
  package var scratchCount: Int {
    steps.reduce(0) { largest, step in
      let count =
        switch step.kernel {
        case .separable(let layer), .averagePool(let layer): layer.window.ringCount
        case .squeeze(_, let product): product == nil ? 0 : buffers[step.input].layout.channels
        case .pooledProduct: Kernels.pooledScratchCount
        case .product, .convolution, .excite: 0
        }
      return max(largest, Arena.aligned(count))
    }
  }

  // MARK: - For planning

  mutating func addBuffer(_ layout: MapLayout) -> Int {
    buffers.append(
      Buffer(
        layout: layout, firstStep: steps.isEmpty && buffers.isEmpty ? -1 : steps.count,
        lastStep: steps.count))
    return buffers.count - 1
  }

  mutating func addConstants(_ count: Int) -> Region {
    let region = Region(offset: constantCount, count: count)
    constantCount += Arena.aligned(count)
    return region
  }

  /// Appends a step; what it reads has to live until then.
  mutating func append(_ step: Step) {
    for buffer in [step.input, step.residual, step.second].compactMap(\.self) {
      buffers[buffer].lastStep = max(buffers[buffer].lastStep, steps.count)
    }
    steps.append(step)
  }
}

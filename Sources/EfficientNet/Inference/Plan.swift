package import EfficientNetCompute

/// A network prepared to run: its steps in order, the buffers that they read and write, and the
/// position of every packed weight. A plan is pure data; ``Engine`` adds the weights, ``Session``
/// the memory.
package struct Plan: Sendable {
  /// A region of work that the threads share, with all layers fused into it.
  package struct Step: Sendable {
    package let name: String
    package let kernel: Kernel
    package let nodes: [Int]
    package let input: Int
    package var residual: Int?
    /// A second buffer. A depthwise convolution writes sums to it, an excitation its gate, and a
    /// product its scaled weights.
    package var second: Int?
    package let output: Int
    package let shape: Shape
    package let codes: CodeNames
    /// The weights that the next steps read, for prefetching.
    package internal(set) var upcoming = Prefetch()

    package var outputNode: Int { nodes[nodes.count - 1] }
  }

  package enum Kernel: Sendable {
    /// A 1×1 convolution or a fully connected layer.
    case product(ProductLayer)
    /// A convolution with a larger filter.
    case convolution(ConvolutionLayer)
    /// A depthwise convolution, alone or fused with the expansion or the stem before it.
    case separable(SeparableLayer)
    /// The means of the pixels under a filter: a depthwise convolution of a stored map.
    case averagePool(SeparableLayer)
    /// The mean over `count` pixels and, in squeeze-and-excitation, the first layer after it.
    case squeeze(count: Int, ProductLayer?)
    /// The second layer of squeeze-and-excitation, and the multiplication by its gate.
    case excite(ProductLayer, Gate)
    /// The head and the pooling after it.
    case pooledProduct(ProductLayer)

    /// The layer over all channels that the kernel computes, without the projection that a gate
    /// scales.
    var product: ProductLayer? {
      switch self {
      case .product(let layer), .pooledProduct(let layer), .excite(let layer, _): layer
      case .convolution(let layer): layer.product
      case .separable(let layer), .averagePool(let layer): layer.source.product
      case .squeeze(_, let layer): layer
      }
    }

    var depthwise: SeparableLayer? {
      switch self {
      case .separable(let layer), .averagePool(let layer): layer
      case .product, .convolution, .squeeze, .excite, .pooledProduct: nil
      }
    }

    /// The size of the weights that the kernel reads, in words of 32 bits.
    var weightCount: Int {
      [product?.weights, product?.bias, depthwise?.filters, depthwise?.bias]
        .reduce(0) { $0 + ($1?.count ?? 0) }
    }
  }

  /// The target of the gate of squeeze-and-excitation.
  package enum Gate: Sendable {
    /// The weights of the projection: cheaper if the map has more pixels than the projection has
    /// outputs.
    case weights(ProductLayer)
    /// The feature map, in place; the activation follows. In int8, the region has the constants of
    /// the codes.
    case map(Activation, codes: Region?)
  }

  /// The memory for one feature map, during the steps that need it.
  package struct Buffer: Lifetime, Sendable {
    /// The layout for one image.
    package let layout: MapLayout
    package internal(set) var images = 1
    /// The step that writes the buffer; −1 for the input.
    package internal(set) var firstStep: Int
    package fileprivate(set) var lastStep: Int

    /// The size in words of 32 bits.
    package var count: Int { layout.of(images: images).count }
  }

  /// The region and the packed form of a layer's weights.
  package struct Constant: Sendable {
    package enum Form: Sendable {
      /// In panels, one tap of the filter after another.
      case product(ProductLayer, taps: Int)
      /// In slabs of channels, one tap after another.
      case depthwise(SeparableLayer)
      /// In slabs of channels; all values are 1 / kernel².
      case averagePool(SeparableLayer)
      /// The constants of a map that a gate scales, in int8.
      case gatedMap(Region, channels: Int)
    }
    package let form: Form
    let layer: FusedLayer
    let codes: CodeNames
  }

  /// The names of the codes in int8 of the maps that a layer reads, adds and writes: those of the
  /// layers that compute the maps; nil for floats.
  package struct CodeNames: Hashable, Sendable {
    package var input, residual, output: String?
  }

  package private(set) var inputShape: Shape
  /// The number format of feature maps and weights; with int8, blocks may have 32-bit floats.
  package private(set) var precision: Precision
  /// ``Kernels/codesPerWord`` of the kernels that run the plan, if it is in int8.
  private(set) var codesPerWord: Int
  package internal(set) var steps: [Step] = []
  package internal(set) var buffers: [Buffer] = []
  /// The buffer of the input image, whose channels are not padded.
  package var inputBuffer: Int { 0 }
  package internal(set) var constants: [Constant] = []
  /// The size of all packed weights in words of 32 bits.
  package private(set) var constantCount = 0
  /// The first step that takes all images of a group together; see ``grouped(_:)``.
  package internal(set) var groupStart: Int?
  /// The region of each buffer in the memory for one image or, in a grouped plan, for a group.
  package private(set) var places: [Region] = []
  /// The size of this memory in words of 32 bits.
  package private(set) var memoryCount = 0

  /// Plans `graph` for images of `inputShape`.
  ///
  /// - Parameters:
  ///   - keeping: Nodes whose outputs must be stored: nothing is fused across them.
  ///   - codesPerWord: ``Kernels/codesPerWord``, for int8.
  ///   - floats: ``Quantization/floats``, for int8.
  package init(
    _ graph: Graph, inputShape: Shape, precision: Precision = .float32, keeping: Set<Int> = [],
    codesPerWord: Int = 2, floats: [String] = []
  ) {
    (self.inputShape, self.precision) = (inputShape, precision)
    self.codesPerWord = codesPerWord
    var planner = Planner(self, graph: graph, keeping: keeping, floats: Set(floats))
    for layer in planner.layers.indices { planner.addStep(layer) }
    self = planner.plan
    lookAhead()
    // The caller reads the logits after the last step.
    buffers[planner.buffer(graph.nodes.count - 1)].lastStep = steps.count
    placeBuffers()
  }

  /// Gives every buffer its place.
  mutating func placeBuffers() { (places, memoryCount) = MemoryPlanner.place(buffers) }

  /// Plans a network, which ``Architecture/validate()`` must accept.
  package init(
    _ architecture: Architecture, precision: Precision = .float32, codesPerWord: Int = 2,
    floats: [String] = []
  ) {
    self.init(
      Graph(architecture), inputShape: architecture.inputShape, precision: precision,
      codesPerWord: codesPerWord, floats: floats)
  }

  /// The names of all codes in int8.
  var codeNames: Set<String> {
    Set(constants.flatMap { [$0.codes.input, $0.codes.output].compactMap(\.self) })
  }

  /// The size of all packed weights in bytes; all sessions share one copy.
  package var weightBytes: Int { 4 * constantCount }
  /// The approximate memory in bytes for each image that is computed at a time (one per thread) or,
  /// in a grouped plan, for each group.
  package var bytesPerImage: Int { 4 * (memoryCount + scratchCount) }

  /// The scratch memory that a step needs per thread, in words of 32 bits.
  package var scratchCount: Int {
    steps.reduce(0) { largest, step in
      let count =
        switch step.kernel {
        case .separable(let layer), .averagePool(let layer): layer.window.ringCount
        case .squeeze(_, let product):
          product == nil ? 0 : buffers[step.input].layout.channels * buffers[step.input].images
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

  /// Appends a step and extends the lifetimes of the buffers that it reads.
  mutating func append(_ step: Step) {
    for buffer in [step.input, step.residual, step.second].compactMap(\.self) {
      buffers[buffer].lastStep = max(buffers[buffer].lastStep, steps.count)
    }
    steps.append(step)
  }
}

package import EfficientNetCompute

/// The plan of a network on this machine in words and numbers, as `effnet summary --plan` prints
/// it.
///
///     let plan = PlanSummary(try Variant(named: "b0").architecture, threads: 2)
///     for step in plan.steps { print(step.name, step.operation, step.pieces) }
package struct PlanSummary: Hashable, Codable, Sendable {
  /// A region of work that the threads share.
  package struct Step: Hashable, Codable, Sendable {
    package let name: String
    /// The operation, for instance "expand, depthwise 3×3".
    package let operation: String
    /// The layers fused into the step, without batch norm and activations.
    package let layers: [String]
    /// The height, width and channels of the output.
    package let output: [Int]
    /// The tiles of sums that stay in registers, for instance "6×48": the maximum rows and columns
    /// of a product, or the columns and channels of a depthwise convolution.
    package let tiles: [String]
    package let pieces: Int
    package let reads, writes: [Int]
    package let macs, weightBytes: Int
  }

  /// The memory for a feature map, during the steps that need it.
  package struct Buffer: Hashable, Codable, Sendable {
    /// The offset in the arena and the size, in bytes.
    package let offset, bytes: Int
    /// "NHWC", or "slabs of 48" for expanded channels.
    package let layout: String
    package let precision: Precision
    /// The step that writes the buffer, −1 for the image, and the last step that reads it.
    package let firstStep, lastStep: Int
  }

  package let model: String
  package let precision: Precision
  package let instructionSet: String
  package let threads: Int
  package let steps: [Step]
  package let buffers: [Buffer]
  /// The size of all packed weights in bytes; all sessions share one copy.
  package let weightBytes: Int
  /// The size in bytes of the arena that the buffers share; each image that is being computed has
  /// its own arena.
  package let arenaBytes: Int
  /// The size of intermediate results per thread in bytes.
  package let scratchBytes: Int

  /// Plans `architecture`; for `floats`, see ``Quantization/floats``.
  package init(
    _ architecture: Architecture, precision: Precision = .float32, floats: [String] = [],
    threads: Int
  ) throws {
    try architecture.validate()
    let graph = Graph(architecture)
    let kernels = Kernels(try InstructionSet.preferred())
    let plan = Plan(
      graph, inputShape: architecture.inputShape, precision: precision,
      codesPerWord: kernels.codesPerWord, floats: floats)
    let schedule = Schedule(plan, kernels: kernels, threads: threads)
    let macs = graph.multiplyAdds(input: architecture.inputShape)
    (model, self.precision, self.threads) = (architecture.name, precision, threads)
    instructionSet = kernels.instructionSet.rawValue
    weightBytes = plan.weightBytes
    arenaBytes = 4 * plan.memoryCount
    scratchBytes = 4 * plan.scratchCount
    buffers = zip(plan.buffers, plan.places).map { buffer, region in
      let layout = buffer.layout
      return Buffer(
        offset: 4 * region.offset, bytes: 4 * buffer.count,
        layout: layout.slabs == 1 ? "NHWC" : "slabs of \(layout.slab)",
        precision: layout.precision, firstStep: buffer.firstStep, lastStep: buffer.lastStep)
    }
    steps = zip(plan.steps, schedule.pieces).map { step, pieces in
      let layers = step.nodes.filter { graph.nodes[$0].operation.isLayer }
      let writesSecond =
        switch step.kernel {
        case .separable, .excite: true
        case .product, .convolution, .averagePool, .squeeze, .pooledProduct: false
        }
      return Step(
        name: step.name, operation: step.kernel.name, layers: layers.map { graph.nodes[$0].name },
        output: [step.shape.h, step.shape.w, step.shape.c], tiles: step.kernel.tiles(kernels),
        pieces: pieces.count,
        reads: [step.input, step.residual, writesSecond ? nil : step.second].compactMap(\.self),
        writes: [step.output, writesSecond ? step.second : nil].compactMap(\.self),
        macs: step.nodes.reduce(0) { $0 + macs[$1] },
        weightBytes: 4 * step.kernel.weightCount)
    }
  }
}

extension Graph.Operation {
  /// Whether the operation is a layer, not part of the end of another layer's kernel.
  fileprivate var isLayer: Bool {
    switch self {
    case .convolution, .depthwiseConvolution, .averagePool, .linear, .globalAveragePool, .scale,
      .add:
      true
    case .input, .batchNorm, .activation, .dropout, .stochasticDepth: false
    }
  }
}

extension Plan.Kernel {
  /// The tiles of sums that stay in registers.
  fileprivate func tiles(_ kernels: Kernels) -> [String] {
    let rows =
      switch self {
      case .squeeze, .excite: 1
      case .product, .convolution, .separable, .averagePool, .pooledProduct: kernels.productRows
      }
    return [
      product.map { "\(rows)×\(min(kernels.panelColumns, $0.columns))" },
      depthwise.map { "\(kernels.depthwiseColumns($0.window))×\(kernels.vectorFloats)" },
    ].compactMap(\.self)
  }
}

package import EfficientNetCompute

/// What a network's plan is on a machine, in words and numbers: what `effnet summary --plan` prints.
///
///     let plan = PlanSummary(try Variant(named: "b0").architecture, threads: 2)
///     for step in plan.steps { print(step.name, step.operation, step.pieces) }
package struct PlanSummary: Hashable, Codable, Sendable {
  /// One region of work that the threads share.
  package struct Step: Hashable, Codable, Sendable {
    package let name: String
    /// What is computed, for instance "expand, depthwise 3×3".
    package let operation: String
    /// The layers that are fused into it, batch norm and activations left out.
    package let layers: [String]
    /// Height, width and channels of the output.
    package let output: [Int]
    /// The sums that stay in registers, for instance "6×48": rows and columns of a product, at most, or columns and channels
    /// of a depthwise convolution.
    package let tiles: [String]
    /// Pieces that threads take.
    package let pieces: Int
    /// The buffers that it reads and writes, by number.
    package let reads, writes: [Int]
    package let macs, weightBytes: Int
  }

  /// Memory for a value, while steps need it.
  package struct Buffer: Hashable, Codable, Sendable {
    /// Its first byte in the arena, and its size.
    package let offset, bytes: Int
    /// "NHWC", or "slabs of 48" for expanded channels.
    package let layout: String
    package let precision: Precision
    /// The step that writes it, −1 for the image, and the last that reads it.
    package let firstStep, lastStep: Int
  }

  package let model: String
  package let precision: Precision
  package let instructionSet: String
  /// Threads that share each step.
  package let threads: Int
  package let steps: [Step]
  package let buffers: [Buffer]
  /// Bytes of all packed weights: one copy for all sessions.
  package let weightBytes: Int
  /// Bytes of the arena that the buffers share, one for each image that is under way.
  package let arenaBytes: Int
  /// Bytes of intermediate results for each thread.
  package let scratchBytes: Int

  /// Plans `architecture`.
  ///
  /// - Throws: ``ArchitectureError``, ``InstructionSetError``.
  package init(
    _ architecture: Architecture, precision: Precision = .float32, threads: Int
  ) throws {
    try architecture.validate()
    let graph = Graph(architecture)
    let plan = Plan(graph, inputShape: architecture.inputShape, precision: precision)
    let kernels = Kernels(try InstructionSet.preferred())
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
  /// Whether it is more than something at the end of a layer.
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
  /// The sums that stay in registers.
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

  /// Words of the weights that it reads.
  fileprivate var weightCount: Int {
    [product?.weights, product?.bias, depthwise?.filters, depthwise?.bias]
      .reduce(0) { $0 + ($1?.count ?? 0) }
  }
}

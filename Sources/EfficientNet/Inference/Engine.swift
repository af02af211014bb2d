public import EfficientNetCompute

/// A network ready to run: its plan and its packed weights. An engine is immutable; any number of
/// sessions can share it.
///
///     let engine = try Engine(model.description.architecture, weights: model.weights)
///     var session = engine.makeSession(pool: ThreadPool())
///     let logits = session.run(images)
public final class Engine: Sendable {
  /// The network.
  public let architecture: Architecture
  let plan: Plan
  /// The parts of the network that ``Session/outputs(_:)`` returns, each with the step that
  /// computes it, in the order of the steps.
  let outputs: [(name: String, step: Int)]
  let kernels: Kernels
  let constants: Arena

  /// Creates an engine: plans the network and packs its weights for the kernels.
  ///
  ///     let engine = try Engine(architecture, weights: weights, outputs: ["blocks.2", "blocks.4"])
  ///
  /// - Parameters:
  ///   - architecture: The network.
  ///   - weights: All tensors of the network, under timm's names.
  ///   - precision: The number format of feature maps and weights.
  ///   - outputs: The parts of the network that ``Session/outputs(_:)`` returns: names from
  ///     ``Architecture/stageNames`` in any order, at least one; nil for the last part alone. A
  ///     requested stage is stored and, in 16 bits, rounded, which may change the logits by that
  ///     rounding. Requesting "global_pool" or "classifier" costs nothing.
  ///   - instructionSet: The kernels to use; nil for the set that `EFFNET_ISA` names, or else the
  ///     fastest.
  ///   - pool: The threads that pack the weights; nil for the calling thread.
  /// - Precondition: `outputs` is not empty.
  /// - Throws: ``ArchitectureError`` for an invalid network, ``WeightsError`` for a tensor that is
  ///   missing, unknown, misshapen, not finite or too large for fp16, `InstructionSetError` for a
  ///   wrong `EFFNET_ISA`, ``UnknownStage`` for a wrong name in `outputs`.
  public init(
    _ architecture: Architecture, weights: Weights, precision: Precision = .float32,
    outputs: [String]? = nil, instructionSet: InstructionSet? = nil, pool: ThreadPool? = nil
  ) throws {
    require(outputs?.isEmpty != true, "outputs is empty; it must be nil or name a stage")
    try architecture.validate()
    self.architecture = architecture
    let graph = Graph(architecture)
    let stages = graph.stageEnds
    for name in outputs ?? [] where !stages.contains(where: { $0.name == name }) {
      throw UnknownStage(name: name, network: architecture.name, stages: stages.map(\.name))
    }
    let kept =
      outputs.map { names in stages.filter { names.contains($0.name) } } ?? stages.suffix(1)
    let plan = Plan(
      graph, inputShape: architecture.inputShape, precision: precision,
      keeping: Set(kept.map(\.node)))
    self.outputs = kept.map { stage in
      guard let step = plan.steps.firstIndex(where: { $0.outputNode == stage.node }) else {
        preconditionFailure("\(stage.name) is not a step's output")
      }
      return (stage.name, step)
    }
    self.plan = plan
    kernels = Kernels(try instructionSet ?? InstructionSet.preferred())
    let weights = try NameMap.timm.canonical(weights, for: architecture)
    constants = try plan.packed(weights, graph: graph, kernels: kernels, pool: pool)
  }

  /// The approximate memory in bytes that a session needs for each image that it computes at a time:
  /// one for a session of single images, else one per thread. Sessions for batches of several images
  /// per thread need more: see ``makeSession(pool:maximumBatch:)``.
  public var bytesPerImage: Int { plan.bytesPerImage }

  /// The approximate memory in bytes of a session for batches of up to `maximumBatch` images.
  package func sessionBytes(maximumBatch: Int, pool: ThreadPool) -> Int {
    plan.sessionBytes(maximumBatch: maximumBatch, threads: pool.threads)
  }

  /// The number of elements that ``Session/outputs(_:)`` returns for each image.
  package var outputCount: Int {
    outputs.reduce(0) { $0 + plan.steps[$1.step].shape.count }
  }

  /// The size in bytes of the packed weights, which all sessions share.
  public var weightBytes: Int { plan.weightBytes }

  package var precision: Precision { plan.precision }

  package var instructionSet: InstructionSet { kernels.instructionSet }

  /// Creates the memory to run batches of up to `maximumBatch` images.
  ///
  /// All threads compute a single image together, which takes ``bytesPerImage``. In a batch, each
  /// thread computes different images. If a batch has two or more images for each thread, a thread
  /// computes up to four images together in the last layers. So it reads their weights once, but it
  /// stores the small feature maps of four images: 3.1 instead of 2.8 MB for each thread for B0.
  ///
  /// - Parameters:
  ///   - pool: The threads that compute.
  ///   - maximumBatch: The maximum number of images in a batch.
  /// - Precondition: `maximumBatch` is at least 1.
  public func makeSession(pool: ThreadPool, maximumBatch: Int = 1) -> Session {
    Session(engine: self, pool: pool, maximumBatch: maximumBatch)
  }
}

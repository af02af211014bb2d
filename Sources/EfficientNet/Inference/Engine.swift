public import EfficientNetCompute

/// A network ready to run: its plan and its packed weights. Immutable; any number of sessions share it.
///
///     let engine = try Engine(model.description.architecture, weights: model.weights)
///     var session = engine.makeSession(pool: ThreadPool())
///     let logits = session.run(images)
public final class Engine: Sendable {
  /// The network.
  public let architecture: Architecture
  let plan: Plan
  /// The parts of the network that ``Session/outputs(_:)`` gives, and the steps that make them, in the order of the steps.
  let outputs: [(name: String, step: Int)]
  let kernels: Kernels
  let constants: Arena

  /// Packs `weights` for the network that `architecture` describes.
  ///
  ///     let engine = try Engine(architecture, weights: weights, outputs: ["blocks.2", "blocks.4"])
  ///
  /// - Parameters:
  ///   - weights: All tensors of the network, under our names.
  ///   - precision: The precision of feature maps and weights.
  ///   - outputs: The parts of the network that ``Session/outputs(_:)`` gives: names of ``Architecture/stageNames`` in any
  ///     order, at least one. Nil for the last part alone. A stage that is asked for is stored, and in bfloat16 rounded,
  ///     where it would not be otherwise, so that the logits may differ by as much; "global_pool" and "classifier" cost
  ///     nothing.
  ///   - instructionSet: The kernels to use; nil for the fastest, or the one that `EFFNET_ISA` names.
  ///   - pool: Threads to pack the weights on; nil for the calling one.
  /// - Precondition: `outputs` is not empty.
  /// - Throws: ``ArchitectureError``, ``WeightsError`` for a tensor that is missing, unknown, misshapen
  ///   or not finite, ``InstructionSetError`` for a wrong `EFFNET_ISA`, ``UnknownStage``.
  public init(
    _ architecture: Architecture, weights: Weights, precision: Precision = .float32,
    outputs: [String]? = nil, instructionSet: InstructionSet? = nil, pool: ThreadPool? = nil
  ) throws {
    precondition(outputs?.isEmpty != true, "an engine needs an output")
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
        preconditionFailure("\(stage.name) is no step's output")
      }
      return (stage.name, step)
    }
    self.plan = plan
    kernels = Kernels(try instructionSet ?? InstructionSet.preferred())
    let weights = try NameMap.timm.canonical(weights, for: architecture)
    constants = try plan.packed(weights, graph: graph, kernels: kernels, pool: pool)
  }

  /// Bytes of memory that a session needs for each image that it computes at a time (one a thread), about.
  public var bytesPerImage: Int { plan.bytesPerImage }

  /// Elements of what ``Session/outputs(_:)`` gives for an image.
  package var outputCount: Int {
    outputs.reduce(0) { $0 + plan.steps[$1.step].shape.count }
  }

  /// Bytes of the packed weights, which all sessions share.
  public var weightBytes: Int { plan.weightBytes }

  package var precision: Precision { plan.precision }

  package var instructionSet: InstructionSet { kernels.instructionSet }

  /// Memory to run batches of up to `maximumBatch` images: ``bytesPerImage`` for each that is computed at a time.
  ///
  /// - Precondition: `maximumBatch` is at least 1.
  public func makeSession(pool: ThreadPool, maximumBatch: Int = 1) -> Session {
    Session(engine: self, pool: pool, maximumBatch: maximumBatch)
  }
}

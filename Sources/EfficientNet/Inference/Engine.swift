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
  /// The parts of the network whose outputs can be looked at: see ``Session/activations(_:)``.
  let milestones: [(name: String, node: Int)]
  /// The parts that ``Session/outputs(_:)`` gives, and the steps that make them, in the order of the steps.
  let outputs: [(name: String, step: Int)]
  /// Whether the outputs of the stages can be looked at.
  public let keepsStages: Bool
  let kernels: Kernels
  let constants: Arena

  /// Packs `weights` for the network that `architecture` describes.
  ///
  /// - Parameters:
  ///   - weights: All tensors of the network, under our names: see ``NameMap/canonical(_:for:)``.
  ///   - precision: Of feature maps and weights.
  ///   - keepsStages: Whether ``Session/activations(_:)`` can be asked for: stages are then stored that would not be,
  ///     and in bfloat16 rounded, so the logits may differ by as much.
  ///   - instructionSet: The kernels to use; nil for the fastest, or the one that `EFFNET_ISA` names.
  ///   - pool: Threads to pack the weights on; nil for the calling one.
  /// - Throws: ``ArchitectureError``, ``WeightsError`` for a tensor that is missing, unknown, misshapen
  ///   or not finite, ``InstructionSetError`` for a wrong `EFFNET_ISA`.
  public convenience init(
    _ architecture: Architecture, weights: Weights, precision: Precision = .float32,
    keepsStages: Bool = false, instructionSet: InstructionSet? = nil, pool: ThreadPool? = nil
  ) throws {
    try architecture.validate()
    let graph = Graph(architecture)
    let milestones = graph.milestones
    try self.init(
      architecture, graph, keeping: keepsStages ? milestones : [milestones[milestones.count - 1]],
      keepsStages: keepsStages, weights: weights, precision: precision,
      instructionSet: instructionSet, pool: pool)
  }

  /// Packs `weights` for a network of which parts on the way are wanted: see ``Session/outputs(_:)``.
  ///
  ///     let engine = try Engine(architecture, weights: weights, outputs: ["blocks.2", "blocks.4"])
  ///
  /// A stage that is asked for is stored, and in bfloat16 rounded, where it would not be otherwise; "global_pool" and
  /// "classifier" cost nothing.
  ///
  /// - Parameter outputs: Names of parts, of ``Architecture/stageNames``, at least one, in any order.
  /// - Precondition: `outputs` is not empty.
  /// - Throws: as ``init(_:weights:precision:keepsStages:instructionSet:pool:)``, and ``UnknownStage``.
  public convenience init(
    _ architecture: Architecture, weights: Weights, precision: Precision = .float32,
    outputs: [String], instructionSet: InstructionSet? = nil, pool: ThreadPool? = nil
  ) throws {
    precondition(!outputs.isEmpty, "an engine needs an output")
    try architecture.validate()
    let graph = Graph(architecture)
    let milestones = graph.milestones
    for name in outputs where !milestones.contains(where: { $0.name == name }) {
      throw UnknownStage(
        name: name, network: architecture.name, stages: milestones.map(\.name))
    }
    try self.init(
      architecture, graph, keeping: milestones.filter { outputs.contains($0.name) },
      keepsStages: false, weights: weights, precision: precision,
      instructionSet: instructionSet, pool: pool)
  }

  private init(
    _ architecture: Architecture, _ graph: Graph, keeping kept: [(name: String, node: Int)],
    keepsStages: Bool, weights: Weights, precision: Precision, instructionSet: InstructionSet?,
    pool: ThreadPool?
  ) throws {
    self.architecture = architecture
    milestones = graph.milestones
    self.keepsStages = keepsStages
    let plan = Plan(
      graph, inputShape: architecture.inputShape, precision: precision,
      keeping: Set(kept.map(\.node)))
    outputs = kept.map { milestone in
      guard let step = plan.steps.firstIndex(where: { $0.outputNode == milestone.node }) else {
        preconditionFailure("\(milestone.name) is no step's output")
      }
      return (milestone.name, step)
    }
    self.plan = plan
    kernels = Kernels(try instructionSet ?? InstructionSet.preferred())
    let weights = try NameMap.timm.canonical(weights, for: architecture)
    constants = try plan.packed(weights, graph: graph, kernels: kernels, pool: pool)
  }

  /// Bytes of memory that a session needs for each image that it computes at a time (one a thread), about.
  public var bytesPerImage: Int {
    4 * (plan.memoryCount + plan.scratchCount)
  }

  /// Elements of what ``Session/outputs(_:)`` gives for an image.
  package var outputCount: Int {
    outputs.reduce(0) { $0 + plan.steps[$1.step].shape.count }
  }

  /// Bytes of the packed weights, which all sessions share.
  public var weightBytes: Int { 4 * constants.count }

  /// The precision of feature maps and weights.
  public var precision: Precision { plan.precision }

  /// The instruction set of its kernels.
  public var instructionSet: InstructionSet { kernels.instructionSet }

  /// Memory to run batches of up to `maximumBatch` images: ``bytesPerImage`` for each that is computed at a time.
  ///
  /// - Precondition: `maximumBatch` is at least 1.
  public func makeSession(pool: ThreadPool, maximumBatch: Int = 1) -> Session {
    Session(engine: self, pool: pool, maximumBatch: maximumBatch)
  }
}

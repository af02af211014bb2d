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
  private let quantization: Quantization?
  /// The names of the maps that ``Session/observe(_:_:)`` returns, by the steps that compute them.
  let observed: [Int: String]

  /// Creates an engine: plans the network and packs its weights for the kernels.
  ///
  ///     let engine = try Engine(architecture, weights: weights, outputs: ["blocks.2", "blocks.4"])
  ///
  /// - Parameters:
  ///   - architecture: The network.
  ///   - weights: All tensors of the network, under timm's names.
  ///   - precision: The number format of feature maps and weights.
  ///   - quantization: The codes of the feature maps of a quantized network, for int8, and its blocks
  ///     in 32-bit floats.
  ///   - outputs: The parts of the network that ``Session/outputs(_:)`` returns: names from
  ///     ``Architecture/stageNames`` in any order, at least one; nil for the last part alone. A
  ///     requested stage is stored and, in 16 bits, rounded, which may change the logits by that
  ///     rounding. Requesting "global_pool" or "classifier" costs nothing.
  ///   - instructionSet: The kernels to use; nil for the set that `EFFNET_ISA` names, or else the
  ///     fastest.
  ///   - pool: The threads that pack the weights; nil for the calling thread.
  /// - Precondition: `outputs` is not empty.
  /// - Throws: ``ArchitectureError`` for an invalid network, ``WeightsError`` for a tensor that is
  ///   missing, unknown, misshapen, not finite or too large for fp16, and in int8 for a network that
  ///   is not quantized, `InstructionSetError` for a wrong `EFFNET_ISA`, ``UnknownStage`` for a
  ///   wrong name in `outputs`.
  public convenience init(
    _ architecture: Architecture, weights: Weights, precision: Precision = .float32,
    quantization: Quantization? = nil, outputs: [String]? = nil,
    instructionSet: InstructionSet? = nil, pool: ThreadPool? = nil
  ) throws {
    require(outputs?.isEmpty != true, "outputs is empty; it must be nil or name a stage")
    try architecture.validate()
    let graph = Graph(architecture)
    let stages = graph.stageEnds
    for name in outputs ?? [] where !stages.contains(where: { $0.name == name }) {
      throw UnknownStage(name: name, network: architecture.name, stages: stages.map(\.name))
    }
    let kept =
      outputs.map { names in stages.filter { names.contains($0.name) } } ?? stages.suffix(1)
    try self.init(
      architecture, graph, weights, precision, quantization,
      outputs: kept.map { ($0.name, $0.node) },
      observing: [:], instructionSet, pool)
  }

  /// Creates an engine for a model: plans its network and packs its weights for the kernels.
  ///
  ///     let engine = try Engine(Model(contentsOf: "lite0.safetensors"))
  ///
  /// - Parameters:
  ///   - model: The network with its weights.
  ///   - precision: The number format of feature maps and weights; nil for int8 if the model is
  ///     quantized and `outputs` does not include the map of the head, otherwise 32-bit floats.
  ///   - outputs: As in the other initializer.
  ///   - pool: As in the other initializer.
  /// - Precondition: `outputs` is not empty.
  /// - Throws: As the other initializer.
  public convenience init(
    _ model: Model, precision: Precision? = nil, outputs: [String]? = nil, pool: ThreadPool? = nil
  ) throws {
    let description = model.description
    try self.init(
      description.architecture, weights: model.weights,
      precision: precision ?? description.ownPrecision(returning: outputs ?? []),
      quantization: description.quantization, outputs: outputs, pool: pool)
  }

  /// Creates an engine that stores every feature map that int8 rounds, for
  /// ``Session/observe(_:_:)``.
  ///
  /// - Precondition: ``Architecture/validate()`` accepts the network.
  /// - Throws: As the other initializer.
  package convenience init(
    observing architecture: Architecture, weights: Weights, precision: Precision,
    quantization: Quantization? = nil, pool: ThreadPool?
  ) throws {
    let graph = Graph(architecture)
    let names = architecture.codedMaps()
    let layers = graph.fusedLayers(keeping: []).map { ($0.output, graph.nodes[$0.node].name) }
    try self.init(
      architecture, graph, weights, precision, quantization,
      outputs: graph.stageEnds.suffix(1).map { ($0.name, $0.node) },
      observing: Dictionary(uniqueKeysWithValues: layers.filter { names.contains($0.1) }), nil,
      pool)
  }

  /// - Parameters:
  ///   - outputs: The nodes whose outputs sessions return, with their names.
  ///   - observing: The nodes whose outputs sessions let observe, with their names.
  private init(
    _ architecture: Architecture, _ graph: Graph, _ weights: Weights, _ precision: Precision,
    _ quantization: Quantization?, outputs: [(name: String, node: Int)],
    observing: [Int: String], _ instructionSet: InstructionSet?, _ pool: ThreadPool?
  ) throws {
    self.architecture = architecture
    kernels = Kernels(try instructionSet ?? InstructionSet.preferred())
    let plan = Plan(
      graph, inputShape: architecture.inputShape, precision: precision,
      keeping: Set(outputs.map(\.node)).union(observing.keys), codesPerWord: kernels.codesPerWord,
      floats: quantization?.floats ?? [])
    self.outputs = outputs.map { stage in
      guard let step = plan.steps.firstIndex(where: { $0.outputNode == stage.node }) else {
        preconditionFailure("\(stage.name) is not a step's output")
      }
      return (stage.name, step)
    }
    observed = Dictionary(
      uniqueKeysWithValues: plan.steps.enumerated().compactMap { number, step in
        observing[step.outputNode].map { (number, $0) }
      })
    self.plan = plan
    let weights = try NameMap.timm.canonical(weights, for: architecture)
    if let complaint = quantization?.complaint(for: architecture) {
      throw WeightsError.unsupported(
        source: weights.source, reason: "cannot be used: \(complaint)")
    }
    self.quantization = quantization
    constants = try plan.packed(
      weights, quantization: quantization, graph: graph, kernels: kernels, pool: pool)
  }

  /// Returns the codes of a map in int8; for nil, a map of floats, those that are the floats.
  func codes(of name: String?) -> Quantization.Codes {
    guard let name else { return Quantization.Codes(scale: 1, zeroPoint: 0) }
    guard let codes = quantization?.maps[name] else { preconditionFailure("\(name) has no codes") }
    return codes
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

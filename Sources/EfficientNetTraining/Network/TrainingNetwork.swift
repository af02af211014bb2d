public import EfficientNet
public import EfficientNetCompute

/// A network while it is trained: its parameters, their gradients, and forward and backward for batches of images.
///
///     let network = try TrainingNetwork(architecture, weights: weights, maximumBatch: 32, pool: pool)
///     let logits = network.forward(images, seed: step)
///     let loss = CrossEntropy(smoothing: 0.1).loss(logits, labels: labels)
///     network.backward(loss.gradient)
///     optimizer.step(network, rate: 0.01)
///
/// The same seed and batches give the same bits, whatever the number of threads; in bfloat16 on processors with the same
/// instructions for it.
public final class TrainingNetwork {
  /// The network.
  public let architecture: Architecture
  /// Images of the largest batch.
  public let maximumBatch: Int
  /// Of feature maps, and of what matrix products read.
  public let precision: Precision
  let machine: TrainingMachine
  private let source: String
  var batch: TrainingMachine.Batch
  /// Whether the weights are packed as they are now.
  var isPacked = false
  /// Is told what was done, part by part.
  var observe: ((_ part: String) -> Void)?

  /// Prepares a network for training.
  ///
  /// - Parameters:
  ///   - weights: All tensors of the network, under our names.
  ///   - copies: How many times as much as the parameters is needed beside, for instance by an optimizer.
  ///   - precision: Of feature maps, their gradients, and what matrix products read. Weights, statistics and the gradients of
  ///     weights are 32-bit floats in either.
  ///   - keepsStages: Whether ``stageGradients(_:of:classes:)`` can be asked for, which takes some more memory and time.
  ///   - room: The most bytes it may take; nil for three quarters of the memory that there is.
  ///   - instructionSet: The kernels to use; nil for the fastest, or the one that `EFFNET_ISA` names.
  /// - Throws: ``ArchitectureError``, ``WeightsError``, ``InstructionSetError``, and ``TrainingError/memory(bytes:batch:room:)``
  ///   if all of it needs more than the room.
  /// - Precondition: the batch is of at least one image.
  public init(
    _ architecture: Architecture, weights: Weights, maximumBatch: Int, pool: ThreadPool,
    copies: Int = 0, precision: Precision = .float32, keepsStages: Bool = false,
    room: Int? = nil, instructionSet: InstructionSet? = nil
  ) throws {
    precondition(maximumBatch >= 1, "a batch of \(maximumBatch)")
    try architecture.validate()
    try architecture.validateClassifier()
    let weights = try NameMap.timm.canonical(weights, for: architecture)
    let kernels = Kernels(try instructionSet ?? InstructionSet.preferred())
    let plan = TrainingPlan(
      architecture, images: maximumBatch, precision: precision, keepsStages: keepsStages,
      threads: pool.threads, kernels: kernels)
    let count = plan.memory.count + copies * Arena.aligned(plan.memory.parameters.count)
    byteCount = 4 * count
    let room = room ?? MachineMemory.bytes / 4 * 3
    // Before any memory is used: what is not there is noticed late otherwise, and ends the process.
    guard byteCount <= room else {
      throw TrainingError.memory(bytes: byteCount, batch: maximumBatch, room: room)
    }
    guard Arena(ifRoomFor: count) != nil else {
      throw TrainingError.memory(bytes: byteCount, batch: maximumBatch, room: nil)
    }
    let memory = Arena(count: plan.memory.count)
    machine = TrainingMachine(plan: plan, memory: memory, kernels: kernels, pool: pool)
    for layer in plan.layers.compactMap(\.convolution) where layer.weight == nil {
      guard case .depthwise(let pool) = layer.arithmetic else { continue }
      memory.fill(pool.filters, with: 1 / Float(pool.window.kernel * pool.window.kernel))
    }
    (self.architecture, self.maximumBatch, source) = (architecture, maximumBatch, weights.source)
    self.precision = precision
    batch = TrainingMachine.Batch(
      images: 0, seed: nil, frozenNorms: plan.normPlans.map { _ in false },
      trainables: plan.parameters.map { _ in true }, firstLayer: 0)
    load(weights)
  }

  /// ``byteCount`` of a network that is trained by a recipe, without making it.
  ///
  /// - Throws: ``ArchitectureError``, ``InstructionSetError``.
  package static func byteCount(
    of architecture: Architecture, recipe: Recipe, threads: Int
  ) throws -> Int {
    try architecture.validate()
    let plan = TrainingPlan(
      architecture, images: recipe.batch, precision: .float32, threads: threads,
      kernels: Kernels(try InstructionSet.preferred()))
    let copies = recipe.copiesOfParameters * Arena.aligned(plan.memory.parameters.count)
    return 4 * (plan.memory.count + copies)
  }

  /// Bytes of memory that training takes, with the copies of the parameters that were asked for.
  public let byteCount: Int

  var plan: TrainingPlan { machine.plan }
  var trainables: [Bool] { batch.trainables }
  var frozenNorms: [Bool] { batch.frozenNorms }

  /// Says which parameters are trained and which batch norms keep their running statistics. Backward goes no further than
  /// the first trained layer.
  ///
  /// - Parameters:
  ///   - isTrained: By the name of a parameter, for instance "blocks.1.0.conv_pw.weight", and its part of the network.
  ///   - isFrozen: By the part of the network that a batch norm belongs to.
  package func freeze(
    training isTrained: (_ parameter: String, _ part: Graph.Part) -> Bool,
    norms isFrozen: (_ part: Graph.Part) -> Bool
  ) {
    batch.trainables = plan.parameters.map { isTrained($0.name, $0.part) }
    // Gamma and beta of a norm are trained together.
    for norm in plan.normPlans { batch.trainables[norm.gamma + 1] = batch.trainables[norm.gamma] }
    batch.frozenNorms = plan.normPlans.map { isFrozen($0.part) }
    batch.firstLayer =
      plan.layers.firstIndex { layer in
        guard let layer = layer.convolution else { return false }
        let gamma = layer.norm.map { plan.normPlans[$0].gamma }
        return [layer.weight, layer.bias, gamma].compactMap(\.self)
          .contains { batch.trainables[$0] }
      } ?? plan.layers.count
  }

  // MARK: - Steps

  /// The logits of a batch; what backward needs is kept.
  ///
  /// - Parameter seed: What dropout and stochastic depth are drawn from; nil for a forward pass without them.
  /// - Shapes: (n, resolution, resolution, channels) → n rows of classes; 1 ≤ n ≤ ``maximumBatch``.
  public func forward(_ images: Tensor, seed: UInt64?) -> [Float] {
    let shape = images.shape
    let expected = plan.inputShape
    precondition(
      shape.h == expected.h && shape.w == expected.w && shape.c == expected.c
        && 1...maximumBatch ~= shape.n,
      "the network takes up to \(maximumBatch) of \(expected), not \(shape)")
    (batch.images, batch.seed) = (shape.n, seed)
    pack()
    let batch = batch
    machine.forEachImage(batch) { [machine] image, _ in
      let count = expected.count
      machine.kernels.store(
        images.elements.span.extracting(image * count..<(image + 1) * count),
        as: machine.plan.buffers[machine.plan.input].precision,
        in: machine.plan.map(machine.plan.input, image: image).region, memory: machine.memory)
    }
    machine.drawKeeps(batch)
    observe?("pack")
    for (number, layer) in plan.layers.enumerated() {
      switch layer {
      case .convolution(let layer): machine.forward(layer, batch)
      case .pool(let layer): machine.forward(layer, batch)
      case .store(let layer): machine.forward(layer, batch)
      case .dropout(let layer): machine.forward(layer, batch, number: number)
      }
      observe?("forward \(layer.name)")
    }
    return (0..<shape.n).flatMap { image in
      machine.memory.read(plan.row(plan.logits, image: image)) { row in
        (0..<plan.classes).map { row[$0] }
      }
    }
  }

  /// Adds to the gradients of all trained parameters.
  ///
  /// - Parameter gradient: Of the loss with respect to the logits that ``forward(_:seed:)`` gave, in the same order.
  public func backward(_ gradient: [Float]) {
    precondition(
      gradient.count == batch.images * plan.classes,
      "\(gradient.count) gradients for \(batch.images) × \(plan.classes) logits")
    for image in 0..<batch.images {
      let row = plan.row(plan.logitsGradient, image: image)
      machine.memory.fill(row, with: 0)
      machine.memory.copy(
        gradient.span.extracting(image * plan.classes..<(image + 1) * plan.classes), to: row)
    }
    let batch = batch
    for (number, layer) in plan.layers.enumerated().reversed() {
      guard number >= batch.firstLayer else { break }
      switch layer {
      case .convolution(let layer):
        machine.backward(layer, wantsInput: number > batch.firstLayer, batch)
      case .pool: break
      case .store(let layer): machine.backward(layer, batch)
      case .dropout(let layer): machine.backward(layer)
      }
      observe?("backward \(layer.name)")
    }
  }

  /// Packs the weights as kernels read them, unless that was done since they changed.
  private func pack() {
    guard !isPacked else { return }
    isPacked = true
    let products = plan.layers.compactMap { layer -> (TrainingProduct, weights: Region)? in
      guard let layer = layer.convolution, case .product(let product) = layer.arithmetic,
        let weight = layer.weight
      else { return nil }
      return (product, plan.parameters[weight].region)
    }
    machine.pool.forEach(count: 2 * products.count) { [machine] index in
      let (product, weights) = products[index / 2]
      machine.kernels.pack(
        weights, of: product, isTransposed: index % 2 == 1, memory: machine.memory)
    }
  }

  // MARK: - Weights

  /// Takes parameters and statistics.
  ///
  /// - Parameter arena: Where they are put; another one than this network's begins like it: parameters, gradients (not
  ///   written), statistics.
  /// - Precondition: they are complete and under our names.
  func load(_ weights: Weights, into arena: Arena? = nil) {
    isPacked = false
    for tensor in plan.parameters + plan.statistics {
      guard let value = weights.tensors[tensor.name] else {
        preconditionFailure("\(weights.source) has no \(tensor.name)")
      }
      tensor.load(value, at: tensor.region, memory: arena ?? machine.memory)
    }
  }

  /// The parameters and statistics as they are now.
  public var weights: Weights { weights(in: machine.memory) }

  /// The same from an arena that begins like this network's.
  func weights(in arena: Arena) -> Weights {
    var weights = Weights(source: source)
    for tensor in plan.parameters + plan.statistics {
      weights.tensors[tensor.name] = tensor.tensor(at: tensor.region, memory: arena)
    }
    return weights
  }
}

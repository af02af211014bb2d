public import EfficientNet
public import EfficientNetCompute

/// A network in training: its parameters, their gradients, and the forward and backward passes for
/// batches of images.
///
///     let network = try TrainingNetwork(
///       architecture, weights: weights, maximumBatch: 32, pool: pool)
///     let logits = network.forward(images, seed: step)
///     let loss = CrossEntropy(smoothing: 0.1).value(logits, labels: labels)
///     network.backward(loss.gradient)
///     optimizer.step(network, rate: 0.01)
///
/// The same seed and batches give bit-identical results for any number of threads. In bfloat16 this
/// holds for processors with the same bfloat16 instructions.
public final class TrainingNetwork {
  /// The architecture of the network.
  public let architecture: Architecture
  /// The number of images in the largest batch.
  public let maximumBatch: Int
  /// The number format of feature maps and of the inputs of matrix products.
  public let precision: Precision
  let machine: TrainingMachine
  private let source: String
  var batch: TrainingMachine.Batch
  /// Whether the packed weights are current.
  var isPacked = false
  /// A closure that is called after each part of a step; for benchmarks.
  var observe: ((_ part: String) -> Void)?

  /// Creates a network for training.
  ///
  /// - Parameters:
  ///   - weights: All tensors of the network, under this package's names.
  ///   - maximumBatch: The number of images in the largest batch, at least 1.
  ///   - pool: The threads to use.
  ///   - copies: The memory needed elsewhere, for example by an optimizer, as a multiple of the
  ///     parameters.
  ///   - precision: The number format of feature maps, their gradients and the inputs of matrix
  ///     products. Weights, statistics and weight gradients are always 32-bit floats.
  ///     Gradients need more range than fp16 has.
  ///   - keepsStages: Whether ``stageGradients(_:of:classes:)`` is available, which takes more
  ///     memory and time.
  ///   - room: The most bytes to use; nil for three quarters of the machine's memory.
  ///   - instructionSet: The kernels to use; nil for the fastest, or for the one in the environment
  ///     variable `EFFNET_ISA`.
  /// - Throws: `ArchitectureError`, `WeightsError`, `InstructionSetError`;
  ///   ``TrainingError/memory(bytes:batch:room:)`` if the network needs more than `room`.
  public init(
    _ architecture: Architecture, weights: Weights, maximumBatch: Int, pool: ThreadPool,
    copies: Int = 0, precision: Precision = .float32, keepsStages: Bool = false,
    room: Int? = nil, instructionSet: InstructionSet? = nil
  ) throws {
    require(maximumBatch >= 1, "the batch is \(maximumBatch); it must be at least 1")
    if let complaint = precision.trainingComplaint { require(false, complaint) }
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
    // Checks before allocating: the system reports missing memory late, by ending the process.
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

  /// Returns the ``byteCount`` of a network in training, without creating it.
  ///
  /// - Parameters: As in the initializer.
  /// - Throws: `ArchitectureError`, `InstructionSetError`.
  package static func byteCount(
    of architecture: Architecture, batch: Int, copies: Int = 0, precision: Precision, threads: Int
  ) throws -> Int {
    try architecture.validate()
    let plan = TrainingPlan(
      architecture, images: batch, precision: precision, threads: threads,
      kernels: Kernels(try InstructionSet.preferred()))
    return 4 * (plan.memory.count + copies * Arena.aligned(plan.memory.parameters.count))
  }

  /// Returns the largest batch smaller than `batch` whose ``byteCount`` is at most `room`; nil if
  /// one image takes more.
  ///
  /// - Throws: `ArchitectureError`, `InstructionSetError`.
  package static func largestBatch(
    of architecture: Architecture, below batch: Int, copies: Int = 0, precision: Precision,
    threads: Int, room: Int
  ) throws -> Int? {
    var (fits, fails) = (0, batch)
    while fails - fits > 1 {
      let middle = (fits + fails) / 2
      let bytes = try byteCount(
        of: architecture, batch: middle, copies: copies, precision: precision, threads: threads)
      if bytes <= room { fits = middle } else { fails = middle }
    }
    return fits == 0 ? nil : fits
  }

  /// The memory that training takes in bytes, including the requested copies of the parameters.
  public let byteCount: Int

  var plan: TrainingPlan { machine.plan }
  var trainables: [Bool] { batch.trainables }
  var frozenNorms: [Bool] { batch.frozenNorms }

  /// Chooses the trained parameters and the batch norms that keep their running statistics.
  /// Backward ends at the first trained layer.
  ///
  /// - Parameters:
  ///   - isTrained: Whether to train a parameter, by its name, for example
  ///     "blocks.1.0.conv_pw.weight", and its part of the network.
  ///   - isFrozen: Whether the batch norms of a part of the network keep their statistics.
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

  /// Returns the logits of a batch and keeps the values that ``backward(_:)`` needs.
  ///
  /// - Parameters:
  ///   - images: (n, resolution, resolution, channels), with n from 1 to ``maximumBatch``.
  ///   - seed: The seed of dropout and stochastic depth; nil turns both off.
  /// - Returns: (n, classes).
  public func forward(_ images: Tensor, seed: UInt64?) -> [Float] {
    forward(images, seed: seed, check: {})
  }

  /// Runs the forward pass, and calls `check` before each layer. An error that it throws ends the
  /// pass.
  func forward(
    _ images: Tensor, seed: UInt64?, check: () throws -> Void
  ) rethrows -> [Float] {
    let shape = images.shape
    let expected = plan.inputShape
    require(
      shape.h == expected.h && shape.w == expected.w && shape.c == expected.c
        && 1...maximumBatch ~= shape.n,
      "the images are \(shape); they must be n×\(expected.h)×\(expected.w)×\(expected.c), with n "
        + "from 1 to \(maximumBatch)")
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
      try check()
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

  /// Adds the gradients of a batch to the gradients of all trained parameters.
  ///
  /// - Parameter gradient: The gradient of the loss with respect to the logits of the last
  ///   ``forward(_:seed:)``, in the same order.
  public func backward(_ gradient: [Float]) { backward(gradient, check: {}) }

  /// Runs the backward pass, and calls `check` before each layer. An error that it throws ends the
  /// pass.
  func backward(_ gradient: [Float], check: () throws -> Void) rethrows {
    require(
      gradient.count == batch.images * plan.classes,
      "there are \(gradient.count) gradients; there must be \(batch.images) × \(plan.classes), one "
        + "for each logit of the last forward pass")
    for image in 0..<batch.images {
      let row = plan.row(plan.logitsGradient, image: image)
      machine.memory.fill(row, with: 0)
      machine.memory.copy(
        gradient.span.extracting(image * plan.classes..<(image + 1) * plan.classes), to: row)
    }
    let batch = batch
    for (number, layer) in plan.layers.enumerated().reversed() {
      guard number >= batch.firstLayer else { break }
      try check()
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

  /// Packs the weights for the kernels if they changed.
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

  /// Loads parameters and statistics.
  ///
  /// - Parameter arena: The destination; nil for this network's. Another arena must begin with the
  ///   same layout: parameters, gradients (not written), statistics.
  /// - Precondition: The weights are complete and under this package's names.
  func load(_ weights: Weights, into arena: Arena? = nil) {
    isPacked = false
    for tensor in plan.parameters + plan.statistics {
      guard let value = weights.tensors[tensor.name] else {
        preconditionFailure("\(weights.source) has no \(tensor.name)")
      }
      tensor.load(value, at: tensor.region, memory: arena ?? machine.memory)
    }
  }

  /// The current parameters and statistics.
  public var weights: Weights { weights(in: machine.memory) }

  /// The parameters and statistics of an arena that begins with this network's layout.
  func weights(in arena: Arena) -> Weights {
    var weights = Weights(source: source)
    for tensor in plan.parameters + plan.statistics {
      weights.tensors[tensor.name] = tensor.tensor(at: tensor.region, memory: arena)
    }
    return weights
  }
}

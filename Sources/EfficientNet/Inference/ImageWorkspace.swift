internal import EfficientNetCompute

/// The memory in which an image passes through the steps of a plan.
struct ImageWorkspace: Sendable {
  private let engine: Engine
  private let memory: Arena
  private let maps: [FeatureMap]
  /// The memory for intermediate results, one region per thread.
  private let scratch: [Region]

  /// - Parameter threads: The maximum number of threads that work on the image.
  init(engine: Engine, threads: Int) {
    let plan = engine.plan
    let (count, room) = (plan.memoryCount, plan.scratchCount)
    scratch = (0..<threads).map { Region(offset: count + $0 * room, count: room) }
    memory = Arena(count: count + threads * room)
    maps = zip(plan.places, plan.buffers).map { FeatureMap($0, $1.layout) }
    self.engine = engine
  }

  /// Copies image `index` of a batch into the buffer that the first step reads.
  func start(_ images: Tensor, image index: Int, over pool: ThreadPool?) {
    let plan = engine.plan
    let count = plan.inputShape.count
    let input = maps[plan.inputBuffer].region
    let parts = WorkSplit(threads: pool?.threads ?? 1).ranges(of: count)
    forEach(parts.count, over: pool) { part, _ in
      let range = parts[part]
      let first = index * count + range.lowerBound
      memory.copy(
        images.elements.span.extracting(first..<first + range.count),
        to: Region(offset: input.offset + range.lowerBound, count: range.count))
    }
  }

  private func forEach(
    _ count: Int, over pool: ThreadPool?, _ body: @Sendable (_ piece: Int, _ thread: Int) -> Void
  ) {
    if let pool {
      pool.forEach(count: count, body)
    } else {
      for piece in 0..<count { body(piece, 0) }
    }
  }

  /// Runs the steps up to the last wanted one and returns the outputs of the wanted steps.
  ///
  /// - Parameters:
  ///   - wanted: The indices of steps, in ascending order.
  ///   - schedules: The pieces of each step for a pool and for a single thread.
  ///   - pool: Called before each step; returns the threads that share the step, or nil for the
  ///     calling thread alone.
  /// - Throws: The errors of `pool`.
  func values<Failure: Error>(
    of wanted: [Int], _ schedules: Schedules, over pool: () throws(Failure) -> ThreadPool?
  ) throws(Failure) -> [[Float]] {
    let steps = engine.plan.steps
    var begin = 0
    return try wanted.map { (last) throws(Failure) in
      for number in begin...last {
        let pool = try pool()
        let schedule = pool == nil ? schedules.whole : schedules.shared
        run(steps[number], schedule.pieces[number], over: pool)
      }
      begin = last + 1
      // The padding of the channels is left out.
      return memory.elements(of: maps[steps[last].output], channels: steps[last].shape.c)
    }
  }

  /// Runs a step.
  func run(_ step: Plan.Step, _ pieces: [Schedule.Piece], over pool: ThreadPool?) {
    forEach(pieces.count, over: pool) { piece, thread in
      run(step, pieces[piece], scratch: scratch[thread])
    }
  }

  /// Runs a piece of a step.
  private func run(_ step: Plan.Step, _ piece: Schedule.Piece, scratch: Region) {
    let kernels = engine.kernels
    let constants = engine.constants
    let (x, y) = (maps[step.input], maps[step.output])
    let residual = step.residual.map { maps[$0].region }
    let second = step.second.map { maps[$0].region }
    switch step.kernel {
    case .product(let layer):
      kernels.product(
        layer, x: x, residual: residual, y: y, rows: piece.rows, panels: piece.columns,
        scaledWeights: second, upcoming: step.upcoming, memory: memory, constants: constants)
    case .convolution(let layer):
      kernels.convolution(
        layer, x: x, residual: residual, y: y, rows: piece.rows, panels: piece.columns,
        upcoming: step.upcoming, memory: memory, constants: constants)
    case .separable(let layer), .averagePool(let layer):
      for slab in piece.columns {
        kernels.separable(
          layer, x: x, y: y, sums: second, ring: scratch, slab: slab, rows: piece.rows,
          upcoming: step.upcoming.part(slab, of: y.layout.slabs), memory: memory,
          constants: constants)
      }
    case .squeeze(let count, nil):
      kernels.mean(x: x, count: count, y: y.region, memory: memory)
    case .squeeze(let count, let layer?):
      // Every thread computes the mean itself, since it is little work.
      let mean = FeatureMap(
        scratch, .nhwc(pixels: 1, channels: x.layout.channels, precision: .float32))
      kernels.mean(x: x, count: count, y: scratch, memory: memory)
      kernels.product(
        layer, x: mean, residual: nil, y: y, rows: 0..<1, panels: piece.columns, memory: memory,
        constants: constants)
    case .excite(let layer, let target):
      guard let second = step.second else { preconditionFailure("\(step.name) has no gate") }
      excite(layer, target, x: x, gate: maps[second], y: y, slabs: piece.columns)
    case .pooledProduct(let layer):
      kernels.pooledProduct(
        layer, x: x, mean: y, scratch: scratch, panels: piece.columns,
        upcoming: step.upcoming, memory: memory, constants: constants)
    }
  }

  /// Computes the gate for some slabs of channels and multiplies weights or a map by it.
  private func excite(
    _ layer: ProductLayer, _ target: Plan.Gate, x: FeatureMap, gate: FeatureMap, y: FeatureMap,
    slabs: Range<Int>
  ) {
    let kernels = engine.kernels
    let constants = engine.constants
    let width =
      switch target {
      case .weights: MapLayout.slabChannels
      case .map: y.layout.slab
      }
    let channels = slabs.lowerBound * width..<min(slabs.upperBound * width, layer.columns)
    kernels.product(
      layer, x: x, residual: nil, y: gate, rows: 0..<1,
      panels: kernels.panels(
        columns: channels.lowerBound)..<kernels.panels(
          columns: channels.upperBound),
      memory: memory, constants: constants)
    switch target {
    case .weights(let projection):
      kernels.scaleWeights(
        of: projection,
        inputs: channels.lowerBound..<min(channels.upperBound, projection.depth),
        gate: gate.region, y: y.region, memory: memory, constants: constants)
    case .map(let activation):
      for slab in slabs {
        kernels.scale(y, slab: slab, gate: gate.region, activation: activation, memory: memory)
      }
    }
  }
}

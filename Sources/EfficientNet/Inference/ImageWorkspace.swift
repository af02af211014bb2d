internal import EfficientNetCompute

/// Memory for one image on its way through a plan, and the way itself.
struct ImageWorkspace: Sendable {
  private let engine: Engine
  private let memory: Arena
  private let maps: [FeatureMap]
  /// Memory for intermediate results of each thread.
  private let scratch: [Region]

  /// - Parameter threads: The most threads that work on the image.
  init(engine: Engine, threads: Int) {
    let plan = engine.plan
    let (count, room) = (plan.memoryCount, plan.scratchCount)
    scratch = (0..<threads).map { Region(offset: count + $0 * room, count: room) }
    memory = Arena(count: count + threads * room)
    maps = zip(plan.places, plan.buffers).map { FeatureMap($0, $1.layout) }
    self.engine = engine
  }

  /// Puts image `index` of a batch where the first step reads it.
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

  /// Runs the steps up to the last one wanted, and returns the outputs of those that are wanted.
  ///
  /// - Parameters:
  ///   - wanted: Numbers of steps, ascending.
  ///   - schedules: How steps are cut for a pool, and how they are not cut.
  ///   - pool: Is asked before each step for the threads that share it; for nil the calling thread does it alone.
  /// - Throws: What `pool` throws.
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
      // Without the padding of its channels.
      return memory.elements(of: maps[steps[last].output], channels: steps[last].shape.c)
    }
  }

  /// One step.
  func run(_ step: Plan.Step, _ pieces: [Schedule.Piece], over pool: ThreadPool?) {
    forEach(pieces.count, over: pool) { piece, thread in
      run(step, pieces[piece], scratch: scratch[thread])
    }
  }

  /// One piece of a step.
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
      // Every thread makes the mean again: it is little work.
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

  /// The gate of some slabs of channels, and what it is multiplied with.
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

internal import EfficientNetCompute

/// The memory in which a group of images passes through the steps of a plan.
///
/// The images of a group are in consecutive places, starting at 0. Groups may have fewer images
/// than there is room for.
struct GroupWorkspace: Sendable {
  let engine: Engine
  private let plan: Plan
  let memory: Arena
  /// The buffers, with all places of those that have room for a group.
  private let maps: [FeatureMap]
  /// The memory for intermediate results, one region per thread.
  private let scratch: [Region]

  /// - Parameters:
  ///   - plan: The engine's plan, or the same plan for groups.
  ///   - threads: The maximum number of threads that work in this memory.
  init(engine: Engine, plan: Plan, threads: Int) {
    let (count, room) = (plan.memoryCount, plan.scratchCount)
    scratch = (0..<threads).map { Region(offset: count + $0 * room, count: room) }
    memory = Arena(count: count + threads * room)
    maps = zip(plan.places, plan.buffers).map { FeatureMap($0, $1.layout.of(images: $1.images)) }
    (self.engine, self.plan) = (engine, plan)
  }

  /// Returns the part of a buffer for the images in some places. A buffer with room for one image
  /// belongs to the image that is being computed.
  func map(_ buffer: Int, _ places: Range<Int>) -> FeatureMap {
    guard plan.buffers[buffer].images > 1 else { return maps[buffer] }
    let pixels = plan.buffers[buffer].layout.pixels
    return maps[buffer].pixels(places.lowerBound * pixels..<places.upperBound * pixels)
  }

  /// Copies image `index` of a batch into place `place` of the buffer that the first step reads.
  private func start(_ images: Tensor, image index: Int, at place: Int, over pool: ThreadPool?) {
    let count = plan.inputShape.count
    let input = map(plan.inputBuffer, place..<place + 1).region
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

  /// Runs the steps up to the last wanted one on images `group` of a batch.
  ///
  /// - Parameters:
  ///   - wanted: The indices of steps, in ascending order.
  ///   - schedules: The pieces of each step for a pool and for a single thread.
  ///   - pool: Called before each step; returns the threads that share the step, or nil for the
  ///     calling thread alone.
  /// - Returns: For each image, the outputs of the wanted steps.
  /// - Throws: The errors of `pool`.
  func values<Failure: Error>(
    of wanted: [Int], _ images: Tensor, _ group: Range<Int>, _ schedules: Schedules,
    over pool: () throws(Failure) -> ThreadPool?
  ) throws(Failure) -> [[[Float]]] {
    var values = Array(repeating: [[Float]](), count: group.count)
    for pass in plan.passes(of: group.count, through: wanted[wanted.count - 1]) {
      if pass.steps.lowerBound == 0 {
        for place in pass.places {
          start(images, image: group.lowerBound + place, at: place, over: try pool())
        }
      }
      for number in pass.steps {
        let pool = try pool()
        let schedule = pool == nil ? schedules.whole : schedules.shared
        let step = plan.steps[number]
        run(step, schedule.pieces[number], places: pass.places, over: pool)
        guard wanted.contains(number) else { continue }
        for place in pass.places {
          // The padding of the channels is left out.
          values[place].append(elements(of: step, place))
        }
      }
    }
    return values
  }

  /// Returns the output of a step for one image.
  private func elements(of step: Plan.Step, _ place: Int) -> [Float] {
    let codes = engine.codes(of: step.codes.output)
    let elements = memory.elements(
      of: map(step.output, place..<place + 1), channels: step.shape.c, zeroPoint: codes.zeroPoint)
    return codes.scale == 1 ? elements : elements.map { $0 * codes.scale }
  }

  /// Runs all steps on one image, and calls `body` after each one whose output the engine observes.
  ///
  /// - Returns: The output of the last step.
  func observe(
    _ image: Tensor, _ schedule: Schedule, over pool: ThreadPool,
    _ body: (_ name: String, _ shape: Shape, _ elements: [Float]) -> Void
  ) -> [Float] {
    start(image, image: 0, at: 0, over: pool)
    for (number, step) in plan.steps.enumerated() {
      run(step, schedule.pieces[number], places: 0..<1, over: pool)
      if let name = engine.observed[number] { body(name, step.shape, elements(of: step, 0)) }
    }
    return elements(of: plan.steps[plan.steps.count - 1], 0)
  }

  /// Measures the time of each step on images `group` of a batch.
  func times(_ images: Tensor, _ group: Range<Int>, _ schedule: Schedule, over pool: ThreadPool)
    -> [Duration]
  {
    let clock = ContinuousClock()
    var times = Array(repeating: Duration.zero, count: plan.steps.count)
    for pass in plan.passes(of: group.count, through: plan.steps.count - 1) {
      if pass.steps.lowerBound == 0 {
        for place in pass.places {
          start(images, image: group.lowerBound + place, at: place, over: pool)
        }
      }
      for number in pass.steps {
        times[number] += clock.measure {
          run(plan.steps[number], schedule.pieces[number], places: pass.places, over: pool)
        }
      }
    }
    return times
  }

  private func run(
    _ step: Plan.Step, _ pieces: [Schedule.Piece], places: Range<Int>, over pool: ThreadPool?
  ) {
    forEach(pieces.count, over: pool) { piece, thread in
      run(step, pieces[piece], places: places, scratch: scratch[thread])
    }
  }
}

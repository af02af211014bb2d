public import EfficientNetCompute
internal import Synchronization

/// The memory of one running network. It has one owner and runs one batch at a time; make more of them
/// to run several.
///
/// One image is computed by all threads together; of a batch, every thread computes images of its own.
public struct Session: ~Copyable, Sendable {
  /// Images that one run may have.
  public let maximumBatch: Int
  private let engine: Engine
  private let pool: ThreadPool
  /// One for every image that is under way at a time.
  private let lanes: [Lane]
  /// How steps are cut for all threads.
  private let shared: Schedule
  /// How they are not cut.
  private let whole: Schedule

  init(engine: Engine, pool: ThreadPool, maximumBatch: Int) {
    precondition(maximumBatch >= 1, "a batch of \(maximumBatch)")
    (self.engine, self.pool, self.maximumBatch) = (engine, pool, maximumBatch)
    shared = Schedule(engine.plan, kernels: engine.kernels, threads: pool.threads)
    whole = Schedule(engine.plan, kernels: engine.kernels, threads: 1)
    lanes = (0..<min(maximumBatch, pool.threads)).map { lane in
      // The first one also works for all threads.
      Lane(engine: engine, threads: lane == 0 ? pool.threads : 1)
    }
  }

  /// The logits of a batch of images.
  ///
  /// The result is the same, bit for bit, for any number of threads and any place in the batch.
  ///
  /// Inputs are not checked: NaN in an image gives NaN in its logits.
  ///
  /// - Shapes: (n, resolution, resolution, channels) → (n, 1, 1, classes).
  /// - Precondition: `images` has this shape, and n is from 1 to ``maximumBatch``.
  public mutating func run(_ images: Tensor) -> Tensor {
    values(images, of: [engine.plan.steps.count - 1])[0]
  }

  /// The outputs that the engine was made for, of a batch of images; nothing behind the last of them is computed.
  ///
  /// As fast as ``run(_:)`` and, like it, the same bits for any number of threads and any place in the batch.
  ///
  ///     let engine = try Engine(architecture, weights: weights, outputs: ["blocks.4", "global_pool"])
  ///     var session = engine.makeSession(pool: pool, maximumBatch: 8)
  ///     let stages = session.outputs(images)
  ///
  /// - Shapes: (n, resolution, resolution, channels) → (n, h, w, c) each, in the order in which they are made.
  /// - Precondition: as of ``run(_:)``.
  /// - Returns: The engine's `outputs`; of one made without, all stages if it keeps them, else the logits.
  public mutating func outputs(_ images: Tensor) -> [StageOutput] {
    zip(engine.outputs, values(images, of: engine.outputs.map(\.step))).map { output, value in
      StageOutput(name: output.name, value: value)
    }
  }

  /// What some steps give for a batch of images.
  private mutating func values(_ images: Tensor, of wanted: [Int]) -> [Tensor] {
    check(images)
    let batch = images.shape.n
    // As many images as come out even, each on one thread; the rest one after the other on all threads.
    let even =
      pool.threads > 1 && lanes.count == pool.threads ? batch / lanes.count * lanes.count : 0
    let outputs = BatchOutputs(batch: batch)
    if even > 0 {
      pool.forEach(count: lanes.count) { [lanes, whole] number in
        while let index = outputs.next(below: even) {
          lanes[number].start(images, image: index, over: nil)
          outputs.keep(lanes[number].values(of: wanted, whole, over: nil), image: index)
        }
      }
    }
    for index in even..<batch {
      lanes[0].start(images, image: index, over: pool)
      outputs.keep(lanes[0].values(of: wanted, shared, over: pool), image: index)
    }
    return wanted.enumerated().map { place, step in
      var shape = engine.plan.steps[step].shape
      shape.n = batch
      return Tensor(shape: shape, elements: outputs.elements(of: place))
    }
  }

  /// The time that each step of the plan takes, one image after the other.
  ///
  /// - Shapes: as ``run(_:)``.
  mutating func stepTimes(_ images: Tensor) -> [Duration] {
    check(images)
    let clock = ContinuousClock()
    var times = Array(repeating: Duration.zero, count: engine.plan.steps.count)
    for index in 0..<images.shape.n {
      lanes[0].start(images, image: index, over: pool)
      for (number, step) in engine.plan.steps.enumerated() {
        let begin = clock.now
        lanes[0].run(step, shared.pieces[number], over: pool)
        times[number] += clock.now - begin
      }
    }
    return times
  }

  /// The logits of a batch of images, and on the way the outputs of stem, stages, head and pooling.
  ///
  /// - Shapes: as ``run(_:)``.
  /// - Precondition: the engine keeps its stages.
  public mutating func activations(_ images: Tensor) -> [StageOutput] {
    check(images)
    precondition(engine.keepsStages, "this engine keeps no stages")
    let batch = images.shape.n
    let milestones = engine.milestones
    let steps = engine.plan.steps
    var elements = Array(repeating: [Float](), count: milestones.count)
    for index in 0..<batch {
      lanes[0].start(images, image: index, over: pool)
      for (number, step) in steps.enumerated() {
        lanes[0].run(step, shared.pieces[number], over: pool)
        if let place = milestones.firstIndex(where: { $0.node == step.outputNode }) {
          lanes[0].append(step, to: &elements[place])
        }
      }
    }
    return zip(milestones, elements).map { milestone, elements in
      guard var shape = steps.first(where: { $0.outputNode == milestone.node })?.shape else {
        preconditionFailure("\(milestone.name) is no step's output")
      }
      shape.n = batch
      return StageOutput(name: milestone.name, value: Tensor(shape: shape, elements: elements))
    }
  }

  private func check(_ images: Tensor) {
    let shape = images.shape
    let expected = engine.plan.inputShape
    precondition(
      shape.h == expected.h && shape.w == expected.w && shape.c == expected.c,
      "the network takes \(expected), not \(shape)")
    precondition(
      1...maximumBatch ~= shape.n, "a batch of \(shape.n) in a session for \(maximumBatch)")
  }
}

/// What a batch gives while several threads work on it.
private final class BatchOutputs: Sendable {
  /// For each image the values that are wanted of it.
  private let rows: Guarded<[[[Float]]]>
  private let taken = Atomic<Int>(0)

  init(batch: Int) { rows = Guarded(Array(repeating: [], count: batch)) }

  /// The next image that nobody has taken yet, or nil if it is not below `end`.
  func next(below end: Int) -> Int? {
    let index = taken.add(1, ordering: .relaxed).oldValue
    return index < end ? index : nil
  }

  /// Keeps the values of an image.
  func keep(_ values: [[Float]], image index: Int) {
    rows.withLock { $0[index] = values }
  }

  /// One of the values of all images, in their order.
  func elements(of place: Int) -> [Float] { rows.withLock { $0.flatMap { $0[place] } } }
}

public import EfficientNetCompute

/// The memory of one running network. It has one owner and runs one batch at a time; make more of them
/// to run several.
///
/// One image is computed by all threads together; of a batch, every thread computes images of its own.
public struct Session: ~Copyable, Sendable {
  /// Images that one run may have.
  let maximumBatch: Int
  private let engine: Engine
  private let pool: ThreadPool
  /// One for every image that is under way at a time.
  private let workspaces: [ImageWorkspace]
  private let schedules: Schedules

  init(engine: Engine, pool: ThreadPool, maximumBatch: Int) {
    precondition(maximumBatch >= 1, "a batch of \(maximumBatch)")
    (self.engine, self.pool, self.maximumBatch) = (engine, pool, maximumBatch)
    schedules = Schedules(engine, pool: pool)
    workspaces = (0..<min(maximumBatch, pool.threads)).map { index in
      // The first one also works for all threads.
      ImageWorkspace(engine: engine, threads: index == 0 ? pool.threads : 1)
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
  /// - Returns: The engine's `outputs`; of one made without, the logits.
  public mutating func outputs(_ images: Tensor) -> [StageOutput] {
    zip(engine.outputs, values(images, of: engine.outputs.map(\.step))).map { output, value in
      StageOutput(name: output.name, value: value)
    }
  }

  /// The outputs that the engine was made for, of one image.
  ///
  /// - Parameter pool: Is asked before each step for the threads that share it, those of the session's pool; for nil the
  ///   calling thread does it alone. What it throws ends the run.
  /// - Shapes: as of ``outputs(_:)``, with n = 1.
  mutating func outputs<Failure: Error>(
    _ image: Tensor, over pool: () throws(Failure) -> ThreadPool?
  ) throws(Failure) -> [StageOutput] {
    check(image)
    workspaces[0].start(image, image: 0, over: try pool())
    let steps = engine.outputs.map(\.step)
    let values = try workspaces[0].values(of: steps, schedules, over: pool)
    return zip(engine.outputs, values).map { output, elements in
      StageOutput(
        name: output.name,
        value: Tensor(shape: engine.plan.steps[output.step].shape, elements: elements))
    }
  }

  /// What some steps give for a batch of images.
  private mutating func values(_ images: Tensor, of wanted: [Int]) -> [Tensor] {
    check(images)
    let batch = images.shape.n
    // As many images as come out even, each on one thread; the rest one after the other on all threads.
    let even =
      pool.threads > 1 && workspaces.count == pool.threads
      ? batch / workspaces.count * workspaces.count : 0
    // For each image the values that are wanted of it.
    let rows = Locked(Array(repeating: [[Float]](), count: batch))
    pool.forEach(count: even) { [workspaces, schedules] index, thread in
      workspaces[thread].start(images, image: index, over: nil)
      let values = workspaces[thread].values(of: wanted, schedules) { nil }
      rows.withLock { $0[index] = values }
    }
    for index in even..<batch {
      workspaces[0].start(images, image: index, over: pool)
      let values = workspaces[0].values(of: wanted, schedules) { pool }
      rows.withLock { $0[index] = values }
    }
    return wanted.enumerated().map { place, step in
      var shape = engine.plan.steps[step].shape
      shape.n = batch
      return Tensor(shape: shape, elements: rows.withLock { $0.flatMap { $0[place] } })
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
      workspaces[0].start(images, image: index, over: pool)
      for (number, step) in engine.plan.steps.enumerated() {
        let begin = clock.now
        workspaces[0].run(step, schedules.shared.pieces[number], over: pool)
        times[number] += clock.now - begin
      }
    }
    return times
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

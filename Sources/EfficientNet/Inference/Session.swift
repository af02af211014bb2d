public import EfficientNetCompute

/// The memory of a running network. A session has one owner and runs one batch at a time; create
/// several sessions to run several batches at a time.
///
/// All threads compute a single image together. In a batch, each thread computes different images.
public struct Session: ~Copyable, Sendable {
  /// The maximum number of images per run.
  let maximumBatch: Int
  private let engine: Engine
  private let pool: ThreadPool
  /// The workspaces, one for each image that is computed at a time.
  private let workspaces: [ImageWorkspace]
  private let schedules: Schedules

  init(engine: Engine, pool: ThreadPool, maximumBatch: Int) {
    require(maximumBatch >= 1, "maximumBatch is \(maximumBatch); it must be at least 1")
    (self.engine, self.pool, self.maximumBatch) = (engine, pool, maximumBatch)
    schedules = Schedules(engine, pool: pool)
    workspaces = (0..<min(maximumBatch, pool.threads)).map { index in
      // All threads can work in the first workspace.
      ImageWorkspace(engine: engine, threads: index == 0 ? pool.threads : 1)
    }
  }

  /// Returns the logits of a batch of images.
  ///
  /// The result is bit-identical for any number of threads and any position in the batch.
  ///
  /// The values of the images are not checked: NaN in an image gives NaN in its logits.
  ///
  /// - Parameter images: Normalized images, (n, resolution, resolution, channels).
  /// - Returns: The logits, (n, 1, 1, classes).
  /// - Precondition: `images` has this shape, and n is from 1 to the session's maximum batch.
  public mutating func run(_ images: Tensor) -> Tensor {
    values(images, of: [engine.plan.steps.count - 1])[0]
  }

  /// Returns the requested outputs for a batch of images. Layers after the last requested output
  /// are not computed.
  ///
  /// The call is as fast as ``run(_:)``, and its results are also bit-identical for any number of
  /// threads and any position in the batch.
  ///
  ///     let engine = try Engine(
  ///       architecture, weights: weights, outputs: ["blocks.4", "global_pool"])
  ///     var session = engine.makeSession(pool: pool, maximumBatch: 8)
  ///     let stages = session.outputs(images)
  ///
  /// - Parameter images: Normalized images, (n, resolution, resolution, channels).
  /// - Precondition: As in ``run(_:)``.
  /// - Returns: The outputs that the engine was created with, each (n, h, w, c), in the order of
  ///   computation; the logits for an engine created without `outputs`.
  public mutating func outputs(_ images: Tensor) -> [StageOutput] {
    zip(engine.outputs, values(images, of: engine.outputs.map(\.step))).map { output, value in
      StageOutput(name: output.name, value: value)
    }
  }

  /// Returns the requested outputs for one image.
  ///
  /// - Parameter pool: Called before each step; returns the session's pool to share the step, or
  ///   nil for the calling thread alone. An error that it throws ends the run.
  /// - Shapes: As in `outputs(_:)`, with n = 1.
  package mutating func outputs<Failure: Error>(
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

  /// Returns the outputs of some steps for a batch of images.
  private mutating func values(_ images: Tensor, of wanted: [Int]) -> [Tensor] {
    check(images)
    let batch = images.shape.n
    // Images in multiples of the number of threads are computed one per thread; the rest one after
    // another on all threads.
    let even =
      pool.threads > 1 && workspaces.count == pool.threads
      ? batch / workspaces.count * workspaces.count : 0
    // The wanted values of each image.
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

  /// Measures the time of each step of the plan, one image after another.
  ///
  /// - Shapes: As in ``run(_:)``.
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
    require(
      shape.h == expected.h && shape.w == expected.w && shape.c == expected.c,
      "the shape of the images is \(shape); "
        + "it must be n×\(expected.h)×\(expected.w)×\(expected.c)")
    require(
      1...maximumBatch ~= shape.n,
      "the batch has \(shape.n) images; it must have 1 to \(maximumBatch)")
  }
}

public import EfficientNetCompute

/// The memory of a running network. A session has one owner and runs one batch at a time; create
/// several sessions to run several batches at a time.
///
/// All threads compute a single image together. In a batch, each thread computes different images,
/// and in the layers with the most weights several of them at once.
public struct Session: ~Copyable, Sendable {
  private let engine: Engine
  private let pool: ThreadPool
  private let division: BatchDivision
  private let workspaces: [GroupWorkspace]
  private let schedules: Schedules

  init(engine: Engine, pool: ThreadPool, maximumBatch: Int) {
    require(maximumBatch >= 1, "maximumBatch is \(maximumBatch); it must be at least 1")
    let division = BatchDivision(maximumBatch: maximumBatch, threads: pool.threads)
    (self.engine, self.pool, self.division) = (engine, pool, division)
    schedules = Schedules(engine, pool: pool)
    let plan = engine.plan.grouped(division.group)
    workspaces = (0..<division.workspaces).map { index in
      // All threads can work in the first workspace.
      GroupWorkspace(engine: engine, plan: plan, threads: index == 0 ? pool.threads : 1)
    }
  }

  var maximumBatch: Int { division.maximumBatch }

  /// Returns the logits of a batch of images.
  ///
  /// The result is bit-identical for any number of threads and any position in the batch.
  ///
  /// The values of the images are not checked: NaN in an image gives NaN in its logits, except in
  /// int8, whose maps cannot hold NaN.
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
    let steps = engine.outputs.map(\.step)
    let values = try workspaces[0].values(of: steps, image, 0..<1, schedules, over: pool)
    return zip(engine.outputs, values[0]).map { output, elements in
      StageOutput(
        name: output.name,
        value: Tensor(shape: engine.plan.steps[output.step].shape, elements: elements))
    }
  }

  /// Returns the outputs of some steps for a batch of images.
  private mutating func values(_ images: Tensor, of wanted: [Int]) -> [Tensor] {
    check(images)
    let batch = images.shape.n
    let (groups, shared) = division.groups(of: batch)
    // The wanted values of each image.
    let rows = Locked(Array(repeating: [[Float]](), count: batch))
    pool.forEach(count: groups.count) { [workspaces, schedules] index, thread in
      let group = groups[index]
      let values = workspaces[thread].values(of: wanted, images, group, schedules) { nil }
      rows.withLock { $0.replaceSubrange(group, with: values) }
    }
    for index in shared {
      let image = index..<index + 1
      let values = workspaces[0].values(of: wanted, images, image, schedules) { pool }
      rows.withLock { $0.replaceSubrange(image, with: values) }
    }
    return wanted.enumerated().map { place, step in
      var shape = engine.plan.steps[step].shape
      shape.n = batch
      return Tensor(shape: shape, elements: rows.withLock { $0.flatMap { $0[place] } })
    }
  }

  /// Runs the network on one image, and calls `body` with each observed map, in order of
  /// computation.
  ///
  /// - Returns: The logits.
  /// - Shapes: As in ``run(_:)``, with n = 1; elements (h, w, c) of `shape`.
  package mutating func observe(
    _ image: Tensor, _ body: (_ name: String, _ shape: Shape, _ elements: [Float]) -> Void
  ) -> [Float] {
    check(image)
    return workspaces[0].observe(image, schedules.shared, over: pool, body)
  }

  /// Measures the time of each step of the plan. All threads share each step; the images of a group
  /// are computed together as in a run.
  ///
  /// - Shapes: As in ``run(_:)``.
  mutating func stepTimes(_ images: Tensor) -> [Duration] {
    check(images)
    return division.parts(of: 0..<images.shape.n)
      .map { workspaces[0].times(images, $0, schedules.shared, over: pool) }
      .reduce(Array(repeating: .zero, count: engine.plan.steps.count)) { sums, times in
        zip(sums, times).map { $0 + $1 }
      }
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

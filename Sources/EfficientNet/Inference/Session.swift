public import EfficientNetCompute

/// The memory of one running network. It has one owner and runs one batch at a time; make more of them
/// to run several.
public struct Session: ~Copyable, Sendable {
  /// Images that one run may have.
  public let maximumBatch: Int
  private let engine: Engine
  private let pool: ThreadPool
  private let memory: Arena
  private let buffers: [Region]
  private let scratch: Region

  init(engine: Engine, pool: ThreadPool, maximumBatch: Int) {
    precondition(maximumBatch >= 1, "a batch of \(maximumBatch)")
    let (buffers, count) = MemoryPlanner.place(engine.plan.buffers, batch: maximumBatch)
    scratch = Region(
      offset: count, count: engine.plan.scratchCount * WorkSplit.pieces(threads: pool.threads))
    memory = Arena(count: count + scratch.count)
    (self.engine, self.pool, self.buffers) = (engine, pool, buffers)
    self.maximumBatch = maximumBatch
  }

  /// The logits of a batch of images.
  ///
  /// The result is the same, bit for bit, for any number of threads and any place in the batch.
  ///
  /// - Shapes: (n, resolution, resolution, channels) → (n, 1, 1, classes), 1 ≤ n ≤ ``maximumBatch``.
  public mutating func run(_ images: Tensor) -> Tensor {
    start(images)
    for step in engine.plan.steps { run(step, batch: images.shape.n) }
    return logits(batch: images.shape.n)
  }

  /// The time that each step of the plan takes for a batch of images.
  ///
  /// - Shapes: as ``run(_:)``.
  mutating func stepTimes(_ images: Tensor) -> [Duration] {
    let clock = ContinuousClock()
    start(images)
    return engine.plan.steps.map { step in
      let begin = clock.now
      run(step, batch: images.shape.n)
      return clock.now - begin
    }
  }

  /// The logits of a batch of images, and on the way the outputs of stem, stages, head and pooling.
  ///
  /// - Shapes: as ``run(_:)-(Tensor)``.
  public mutating func activations(_ images: Tensor) -> [StageOutput] {
    let names = Dictionary(
      uniqueKeysWithValues: engine.milestones.map { ($0.node, $0.name) })
    let batch = images.shape.n
    var activations: [StageOutput] = []
    start(images)
    for step in engine.plan.steps {
      run(step, batch: batch)
      if let name = names[step.layer.output] {
        activations.append(StageOutput(name: name, value: value(of: step, batch: batch)))
      }
    }
    return activations
  }

  /// Puts the images where the first step reads them.
  private func start(_ images: Tensor) {
    let plan = engine.plan
    let shape = images.shape
    let expected = plan.inputShape
    precondition(
      shape.h == expected.h && shape.w == expected.w && shape.c == expected.c,
      "the network takes \(expected), not \(shape)")
    precondition(
      1...maximumBatch ~= shape.n, "a batch of \(shape.n) in a session for \(maximumBatch)")
    memory.write(region(plan.inputBuffer, batch: shape.n)) { input in
      for index in input.indices { input[index] = images.elements[index] }
    }
  }

  /// The output of a step that was just run, without the padding of its channels.
  private func value(of step: Plan.Step, batch: Int) -> Tensor {
    var shape = step.shape
    shape.n = batch
    let stride = Kernels.channelStride(shape.c)
    return memory.read(region(step.output, batch: batch)) { values in
      let elements = [Float](capacity: shape.count) { output in
        for pixel in 0..<batch * shape.h * shape.w {
          for c in 0..<shape.c { output.append(values[pixel * stride + c]) }
        }
      }
      return Tensor(shape: shape, elements: elements)
    }
  }

  /// The part of a buffer that `batch` images take.
  private func region(_ buffer: Int, batch: Int) -> Region {
    Region(offset: buffers[buffer].offset, count: engine.plan.buffers[buffer].count * batch)
  }

  private func logits(batch: Int) -> Tensor {
    guard let last = engine.plan.steps.last else { preconditionFailure("a plan without steps") }
    return value(of: last, batch: batch)
  }

  private func run(_ step: Plan.Step, batch: Int) {
    let kernels = engine.kernels
    let x = region(step.input, batch: batch)
    let y = region(step.output, batch: batch)
    let second = step.second.map { region($0, batch: batch) }
    let split = WorkSplit(threads: pool.threads)
    switch step.kernel {
    case .pointwise(let layer, let pixels):
      let rows = batch * pixels
      let panels = kernels.panels(columns: layer.columns)
      // Few rows, as of a fully connected layer, are shared out by columns.
      let byColumns = rows < 2 * WorkSplit.rowBlock
      let pieces =
        byColumns
        ? split.ranges(of: panels) : split.ranges(of: rows, multipleOf: WorkSplit.rowBlock)
      pool.forEach(count: pieces.count) { piece in
        kernels.pointwise(
          layer, x: x, residual: second, y: y, rows: byColumns ? 0..<rows : pieces[piece],
          panels: byColumns ? pieces[piece] : 0..<panels, memory: memory,
          constants: engine.constants)
      }
    case .convolution(let layer):
      let pieces = split.ranges(of: batch * layer.window.outputHeight)
      pool.forEach(count: pieces.count) { piece in
        let scratch = Region(
          offset: scratch.offset + piece * engine.plan.scratchCount,
          count: engine.plan.scratchCount)
        kernels.convolution(
          layer, x: x, residual: second, y: y, scratch: scratch, rows: pieces[piece],
          memory: memory, constants: engine.constants)
      }
    case .depthwise(let layer):
      let pieces = split.ranges(of: batch * layer.window.outputHeight)
      pool.forEach(count: pieces.count) { piece in
        kernels.depthwise(
          layer, x: x, y: y, rows: pieces[piece], memory: memory, constants: engine.constants)
      }
    case .averagePool(let pixels, let channels):
      let pieces = split.ranges(of: channels, multipleOf: Kernels.channelBlock)
      pool.forEach(count: batch * pieces.count) { item in
        let image = item / pieces.count
        kernels.averagePool(
          x: x.image(image, of: batch), y: y.image(image, of: batch), pixels: pixels,
          channels: channels, range: pieces[item % pieces.count], memory: memory)
      }
    case .scale(let pixels, let channels, let activation):
      guard let gate = second else { preconditionFailure("\(step.name) has no gate") }
      let pieces = split.ranges(of: pixels)
      pool.forEach(count: batch * pieces.count) { item in
        let image = item / pieces.count
        let rows = pieces[item % pieces.count]
        var part = y.image(image, of: batch)
        part.offset += rows.lowerBound * channels
        part.count = rows.count * channels
        kernels.scale(
          y: part, gate: gate.image(image, of: batch), channels: channels, activation: activation,
          memory: memory)
      }
    }
  }
}

extension Region {
  /// One of `batch` equal parts.
  fileprivate func image(_ index: Int, of batch: Int) -> Region {
    let part = count / batch
    return Region(offset: offset + index * part, count: part)
  }
}

extension Plan {
  /// Floats of scratch memory for one piece of any step.
  var scratchCount: Int {
    steps.reduce(0) { largest, step in
      guard case .convolution(let layer) = step.kernel else { return largest }
      return max(
        largest, (layer.scratchCount + Arena.alignment - 1) / Arena.alignment * Arena.alignment)
    }
  }
}

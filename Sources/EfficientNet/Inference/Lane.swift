internal import EfficientNetCompute

/// Memory for one image on its way through a plan, and the way itself.
struct Lane: Sendable {
  private let engine: Engine
  private let memory: Arena
  private let buffers: [Region]
  /// Room for the pixels under a filter, for each piece that a step may be cut into.
  private let scratch: Region

  /// - Parameter pieces: The most pieces that a step is cut into.
  init(engine: Engine, pieces: Int) {
    let (buffers, count) = MemoryPlanner.place(engine.plan.buffers, batch: 1)
    scratch = Region(offset: count, count: engine.plan.scratchCount * pieces)
    memory = Arena(count: count + scratch.count)
    (self.engine, self.buffers) = (engine, buffers)
  }

  /// Puts image `index` of a batch where the first step reads it.
  func start(_ images: Tensor, image index: Int) {
    let plan = engine.plan
    let count = plan.inputShape.count
    memory.write(buffers[plan.inputBuffer]) { input in
      let first = index * count
      for offset in 0..<count { input[offset] = images.elements[first + offset] }
    }
  }

  /// All steps, each shared out over the threads of a pool; nil for the calling thread alone.
  func run(over pool: ThreadPool?) {
    for step in engine.plan.steps { run(step, over: pool) }
  }

  /// Appends the output of a step that was just run, without the padding of its channels.
  func append(_ step: Plan.Step, to elements: inout [Float]) {
    let shape = step.shape
    let stride = Kernels.channelStride(shape.c)
    memory.read(buffers[step.output]) { values in
      for pixel in 0..<shape.h * shape.w {
        for c in 0..<shape.c { elements.append(values[pixel * stride + c]) }
      }
    }
  }

  /// One step.
  func run(_ step: Plan.Step, over pool: ThreadPool?) {
    let kernels = engine.kernels
    let constants = engine.constants
    let (x, y) = (buffers[step.input], buffers[step.output])
    let second = step.second.map { buffers[$0] }
    let split = WorkSplit(threads: pool?.threads ?? 1)
    func forEach(_ pieces: [Range<Int>], _ body: @Sendable (Int) -> Void) {
      if let pool {
        pool.forEach(count: pieces.count, body)
      } else {
        for piece in pieces.indices { body(piece) }
      }
    }
    switch step.kernel {
    case .pointwise(let layer, let pixels):
      let panels = kernels.panels(columns: layer.columns)
      // Few rows, as of a fully connected layer, are shared out by columns.
      let byColumns = pixels < 2 * WorkSplit.rowBlock
      let pieces =
        byColumns
        ? split.ranges(of: panels) : split.ranges(of: pixels, multipleOf: WorkSplit.rowBlock)
      forEach(pieces) { piece in
        kernels.pointwise(
          layer, x: x, residual: second, y: y, rows: byColumns ? 0..<pixels : pieces[piece],
          panels: byColumns ? pieces[piece] : 0..<panels, memory: memory, constants: constants)
      }
    case .convolution(let layer):
      let pieces = split.ranges(of: layer.window.outputHeight)
      let room = engine.plan.scratchCount
      forEach(pieces) { piece in
        kernels.convolution(
          layer, x: x, residual: second, y: y,
          scratch: Region(offset: scratch.offset + piece * room, count: room),
          rows: pieces[piece], memory: memory, constants: constants)
      }
    case .depthwise(let layer):
      let pieces = split.ranges(of: layer.window.outputHeight)
      forEach(pieces) { piece in
        kernels.depthwise(
          layer, x: x, y: y, rows: pieces[piece], memory: memory, constants: constants)
      }
    case .averagePool(let pixels, let channels):
      let pieces = split.ranges(of: channels, multipleOf: Kernels.channelBlock)
      forEach(pieces) { piece in
        kernels.averagePool(
          x: x, y: y, pixels: pixels, channels: channels, range: pieces[piece], memory: memory)
      }
    case .scale(let pixels, let channels, let activation):
      guard let gate = second else { preconditionFailure("\(step.name) has no gate") }
      let pieces = split.ranges(of: pixels)
      forEach(pieces) { piece in
        let rows = pieces[piece]
        let part = Region(
          offset: y.offset + rows.lowerBound * channels, count: rows.count * channels)
        kernels.scale(
          y: part, gate: gate, channels: channels, activation: activation, memory: memory)
      }
    }
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

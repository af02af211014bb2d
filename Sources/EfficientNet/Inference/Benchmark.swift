package import EfficientNetCompute

/// How fast a network runs.
///
///     let benchmark = Benchmark(engine, pool: ThreadPool(threads: 2), batch: 1)
///     var left = 100
///     let times = benchmark.run(while: { left -= 1; return left >= 0 }, report: { print($0) })
package struct Benchmark: Sendable {
  package let engine: Engine
  package let pool: ThreadPool
  package let batch: Int
  /// Multiply-accumulate operations of one image.
  package let macs: Int
  private let images: Tensor
  private let stepMACs: [Int]

  /// A benchmark on noise.
  ///
  /// - Precondition: `batch` is at least 1.
  package init(_ engine: Engine, pool: ThreadPool, batch: Int) {
    precondition(batch >= 1, "a batch of \(batch)")
    (self.engine, self.pool, self.batch) = (engine, pool, batch)
    let macs = Graph(engine.architecture).multiplyAdds(input: engine.architecture.inputShape)
    self.macs = macs.reduce(0, +)
    stepMACs = engine.plan.steps.map { $0.nodes.reduce(0) { $0 + macs[$1] } }
    images = engine.architecture.noise(batch: batch)
  }

  /// The times of runs after a few that do not count.
  ///
  /// - Parameters:
  ///   - warmUp: How many do not count.
  ///   - isWanted: Is asked before each run; once it says no, the times so far are returned.
  ///   - report: Gets the time of each run.
  package func run(
    warmUp: Int = 3, while isWanted: () throws -> Bool, report: (Duration) throws -> Void
  ) rethrows -> [Duration] {
    var session = engine.makeSession(pool: pool, maximumBatch: batch)
    return try timesOfRuns(warmUp: warmUp, while: isWanted, report: report) {
      _ = session.run(images)
    }
  }

  /// The floating-point operations a second of all threads together, at most: fused multiply-adds that
  /// wait for nothing.
  package func measuredPeak() -> Double { engine.kernels.measuredPeak() * Double(pool.threads) }

  /// One step of the plan and its share of the time.
  package struct Step: Hashable, Sendable {
    package let name: String
    /// The part of the network that the layer belongs to.
    package let part: Graph.Part
    package let kernel: String
    /// The output's shape for one image.
    package let output: Shape
    /// Multiply-accumulate operations for the batch.
    package let macs: Int
    /// The median over the rounds.
    package let median: Duration
  }

  /// The median time of every step over `rounds` runs.
  package func profile(rounds: Int) -> [Step] {
    var session = engine.makeSession(pool: pool, maximumBatch: batch)
    _ = session.stepTimes(images)
    let times = (0..<max(1, rounds)).map { _ in session.stepTimes(images) }
    let graph = Graph(engine.architecture)
    return engine.plan.steps.enumerated().map { index, step in
      let sorted = times.map { $0[index] }.sorted()
      return Step(
        name: step.name, part: graph.nodes[step.nodes[0]].part, kernel: step.kernel.name,
        output: step.shape,
        macs: stepMACs[index] * batch, median: sorted[sorted.count / 2])
    }
  }
}

extension Architecture {
  /// A batch of images for benchmarks, always the same one.
  package func noise(batch: Int) -> Tensor {
    var (shape, generator) = (inputShape, SeededGenerator(seed: 1))
    shape.n = batch
    let elements = (0..<shape.count).map { _ in Float.random(in: -2...2, using: &generator) }
    return Tensor(shape: shape, elements: elements)
  }
}

/// The times of runs that are wanted one by one, after a few that do not count.
package func timesOfRuns(
  warmUp: Int, while isWanted: () throws -> Bool, report: (Duration) throws -> Void,
  _ run: () -> Void
) rethrows -> [Duration] {
  let clock = ContinuousClock()
  for _ in 0..<warmUp { run() }
  var times: [Duration] = []
  while try isWanted() {
    let time = clock.measure(run)
    times.append(time)
    try report(time)
  }
  return times
}

extension Plan.Kernel {
  /// For instance "expand, depthwise 3×3".
  package var name: String {
    switch self {
    case .convolution(let layer): "convolution \(layer.window.kernel)×\(layer.window.kernel)"
    case .product: "product"
    case .separable(let layer):
      switch layer.source {
      case .stored: "depthwise \(layer.window.kernel)×\(layer.window.kernel)"
      case .expansion: "expand, depthwise \(layer.window.kernel)×\(layer.window.kernel)"
      case .stem: "stem, depthwise \(layer.window.kernel)×\(layer.window.kernel)"
      }
    case .averagePool(let layer): "average pool \(layer.window.kernel)×\(layer.window.kernel)"
    case .squeeze(_, nil): "average pool"
    case .squeeze: "squeeze"
    case .excite(_, .weights): "excite weights"
    case .excite(_, .map): "excite map"
    case .pooledProduct: "product, average pool"
    }
  }
}

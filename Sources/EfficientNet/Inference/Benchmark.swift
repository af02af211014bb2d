package import EfficientNetCompute

/// A measurement of a network's speed.
///
///     let benchmark = Benchmark(engine, pool: ThreadPool(threads: 2), batch: 1)
///     var left = 100
///     let times = benchmark.run(while: { left -= 1; return left >= 0 }, report: { print($0) })
package struct Benchmark: Sendable {
  package let engine: Engine
  package let pool: ThreadPool
  package let batch: Int
  /// The multiply-accumulate operations of one image.
  package let macs: Int
  private let images: Tensor
  private let stepMACs: [Int]

  /// Creates a benchmark with images of noise.
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

  /// Returns the times of runs, after a few that are not measured.
  ///
  /// - Parameters:
  ///   - warmUp: The number of runs that are not measured.
  ///   - isWanted: Called before each run; the measurement ends when it returns false.
  ///   - report: Called with the time of each run.
  package func run(
    warmUp: Int = 3, while isWanted: () throws -> Bool, report: (Duration) throws -> Void
  ) rethrows -> [Duration] {
    var session = engine.makeSession(pool: pool, maximumBatch: batch)
    return try timesOfRuns(warmUp: warmUp, while: isWanted, report: report) {
      _ = session.run(images)
    }
  }

  /// Measures the maximum floating-point operations per second of all threads together, with
  /// independent fused multiply-adds.
  package func measuredPeak() -> Double { engine.kernels.measuredPeak() * Double(pool.threads) }

  /// A step of the plan and the time that it takes.
  package struct Step: Hashable, Sendable {
    package let name: String
    /// The part of the network that the layer belongs to.
    package let part: Graph.Part
    package let kernel: String
    package let output: Shape
    /// The multiply-accumulate operations of the batch.
    package let macs: Int
    /// The median time over the rounds.
    package let median: Duration
  }

  /// Returns the median time of every step over `rounds` runs.
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
  /// Returns a batch of noise for benchmarks, always the same.
  package func noise(batch: Int) -> Tensor {
    var (shape, generator) = (inputShape, SeededGenerator(seed: 1))
    shape.n = batch
    let elements = (0..<shape.count).map { _ in Float.random(in: -2...2, using: &generator) }
    return Tensor(shape: shape, elements: elements)
  }
}

/// Returns the times of runs while `isWanted` returns true, after `warmUp` runs that are not
/// measured.
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
  /// The kernel in words, for instance "expand, depthwise 3×3".
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

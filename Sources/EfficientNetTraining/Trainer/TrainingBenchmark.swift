public import EfficientNet
public import EfficientNetCompute

/// How fast a whole training step is: forward, backward and the optimizer, on noise.
///
///     let benchmark = try TrainingBenchmark(architecture, pool: ThreadPool(threads: 2), batch: 16)
///     var left = 20
///     let times = benchmark.run(while: { left -= 1; return left >= 0 }, report: { print($0) })
public struct TrainingBenchmark {
  /// The threads it runs on.
  public let pool: ThreadPool
  /// Images of one step.
  public let batch: Int
  private let network: TrainingNetwork
  private let optimizer: Optimizer
  private let images: Tensor

  /// A benchmark of untrained weights.
  ///
  /// - Precondition: the batch is of at least one image.
  /// - Throws: as ``TrainingNetwork``.
  public init(
    _ architecture: Architecture, pool: ThreadPool, batch: Int, precision: Precision = .float32
  ) throws {
    (self.pool, self.batch) = (pool, batch)
    network = try TrainingNetwork(
      architecture, weights: Weights(untrained: architecture, seed: 0), maximumBatch: batch,
      pool: pool, precision: precision)
    optimizer = Optimizer(.sgd(), for: network, decay: 1e-5)
    images = architecture.noise(batch: batch)
  }

  /// The network.
  public var architecture: Architecture { network.architecture }
  /// Bytes that training takes.
  public var byteCount: Int { network.byteCount }
  /// The instruction set of its kernels.
  public var instructionSet: InstructionSet { network.machine.kernels.instructionSet }
  /// The floating-point operations a second of all threads together, at most.
  public func measuredPeak() -> Double {
    network.machine.kernels.measuredPeak() * Double(pool.threads)
  }
  /// Multiply-accumulate operations of one image forward; backward takes twice as many.
  public var macs: Int {
    Graph(architecture).multiplyAdds(input: architecture.inputShape).reduce(0, +)
  }

  /// The times of steps after two that do not count.
  ///
  /// - Parameters:
  ///   - isWanted: Is asked before each step; once it says no, the times so far are returned.
  ///   - report: Gets the time of each step.
  public func run(
    while isWanted: () throws -> Bool, report: (Duration) throws -> Void
  ) rethrows -> [Duration] {
    var number = 0
    return try timesOfRuns(warmUp: 2, while: isWanted, report: report) {
      step(number)
      number += 1
    }
  }

  private func step(_ number: Int) {
    let classes = architecture.classes
    let logits = network.forward(images, seed: UInt64(number))
    let loss = CrossEntropy(smoothing: 0.1).value(
      logits, labels: (0..<batch).map { $0 % classes })
    network.backward(loss.gradient)
    // So small that noise is never learned.
    optimizer.step(network, rate: 1e-4)
  }

  /// The time of each part of a step, in the order in which they run: the median over `rounds`.
  public func profile(rounds: Int) -> [(name: String, median: Duration)] {
    var times: [[Duration]] = []
    var names: [String] = []
    for round in 0...max(1, rounds) {
      var part = 0
      let clock = ContinuousClock()
      var last = clock.now
      network.observe = { name in
        let now = clock.now
        if round == 0 {
          names.append(name)
          times.append([])
        } else {
          times[part].append(now - last)
        }
        part += 1
        last = clock.now
      }
      step(round)
      network.observe?("optimizer")
    }
    network.observe = nil
    return zip(names, times).map { name, times in (name, times.sorted()[times.count / 2]) }
  }
}

public import EfficientNet
public import EfficientNetCompute

/// Measures the speed of whole training steps on random images: forward, backward and the
/// optimizer.
///
///     let benchmark = try TrainingBenchmark(architecture, pool: ThreadPool(threads: 2), batch: 16)
///     var left = 20
///     let times = benchmark.run(while: { left -= 1; return left >= 0 }, report: { print($0) })
public struct TrainingBenchmark {
  /// The threads of the benchmark.
  public let pool: ThreadPool
  /// The number of images in a step.
  public let batch: Int
  private let network: TrainingNetwork
  private let optimizer: Optimizer
  private let images: Tensor

  /// Creates a benchmark with random weights.
  ///
  /// - Parameters:
  ///   - batch: The number of images in a step, at least 1.
  ///   - precision: The number format of feature maps and of the inputs of matrix products.
  /// - Throws: The errors of ``TrainingNetwork``.
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

  /// The architecture of the network.
  public var architecture: Architecture { network.architecture }
  /// The memory that training takes in bytes.
  public var byteCount: Int { network.byteCount }
  /// The instruction set of the kernels.
  public var instructionSet: InstructionSet { network.machine.kernels.instructionSet }
  /// Measures the peak floating-point operations per second of all threads together.
  public func measuredPeak() -> Double {
    network.machine.kernels.measuredPeak() * Double(pool.threads)
  }
  /// The multiply-accumulate operations of the forward pass for one image; the backward pass takes
  /// twice as many.
  public var macs: Int {
    Graph(architecture).multiplyAdds(input: architecture.inputShape).reduce(0, +)
  }

  /// Runs steps and returns their times, without the first two steps, which warm up.
  ///
  /// - Parameters:
  ///   - isWanted: A closure that is called before each step; the benchmark ends when it returns
  ///     false.
  ///   - report: A closure that receives the time of each step.
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
    // The rate is too small to fit the noise.
    optimizer.step(network, rate: 1e-4)
  }

  /// Returns the time of each part of a step, in order: the median over `rounds`.
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

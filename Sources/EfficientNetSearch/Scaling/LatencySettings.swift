package import EfficientNet
package import EfficientNetCompute
package import EfficientNetSystem

/// The conditions of a latency measurement.
package struct LatencySettings: Hashable, Encodable {
  package let threads: Int
  package let batch: Int
  package let precision: Precision

  package init(threads: Int, batch: Int, precision: Precision) {
    (self.threads, self.batch, self.precision) = (threads, batch, precision)
  }

  /// The bytes of the weights and activations of a run of a network.
  ///
  /// - Throws: `InstructionSetError`.
  package func memory(of network: Architecture) throws(InstructionSetError) -> Int {
    let kernels = Kernels(try InstructionSet.preferred())
    let plan = Plan(network, precision: precision, codesPerWord: kernels.codesPerWord)
    return plan.weightBytes + plan.sessionBytes(maximumBatch: batch, threads: threads)
  }

  /// Whether a run of a network with untrained weights fits in half of this machine's memory.
  package func haveRoom(for network: Architecture) throws(InstructionSetError) -> Bool {
    let images = batch * network.inputShape.count
    let bytes = try memory(of: network) + 4 * (NetworkCost(network).parameters + images)
    return bytes <= MachineMemory.bytes / 2
  }

  /// A benchmark of a network with random weights.
  ///
  /// - Parameter pool: A pool of ``threads`` threads.
  func benchmark(of network: Architecture, pool: ThreadPool) throws -> Benchmark {
    let engine = try Engine(
      network, weights: Weights(untrained: network, seed: 0), precision: precision, pool: pool)
    return Benchmark(engine, pool: pool, batch: batch)
  }

  /// The smallest number of runs of one network.
  private static let fewest = 8
  /// The number of first runs that do not count.
  private static let warmUp = 3
  /// The time in seconds after which fewer runs suffice, but at least one.
  private static let patience = 2.0

  /// The median time of a run of a network with random weights, in milliseconds.
  ///
  /// - Parameters:
  ///   - seconds: The approximate duration of the measurement.
  ///   - pool: A pool of ``threads`` threads.
  package func milliseconds(
    of architecture: Architecture, seconds: Double, pool: ThreadPool
  ) throws -> Double {
    let benchmark = try benchmark(of: architecture, pool: pool)
    let clock = ContinuousClock()
    let start = clock.now
    var count = 0
    let times = benchmark.run(
      warmUp: 0,
      while: {
        let elapsed = (clock.now - start) / .seconds(1)
        return count == 0 || elapsed < seconds
          || (count < Self.fewest && elapsed < Self.patience)
      }, report: { _ in count += 1 })
    let counting = times.dropFirst(min(Self.warmUp, times.count - 1)).sorted()
    return counting[counting.count / 2] / .milliseconds(1)
  }
}

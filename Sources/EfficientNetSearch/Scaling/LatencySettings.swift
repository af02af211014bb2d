package import EfficientNet
package import EfficientNetCompute
package import EfficientNetSystem

/// What a time was measured with.
package struct LatencySettings: Hashable, Encodable {
  package let threads: Int
  package let batch: Int
  package let precision: Precision

  package init(threads: Int, batch: Int, precision: Precision) {
    (self.threads, self.batch, self.precision) = (threads, batch, precision)
  }

  /// Bytes of the weights and feature maps that a run of a network takes.
  package func memory(of network: Architecture) -> Int {
    let plan = Plan(network, precision: precision)
    return plan.weightBytes + plan.bytesPerImage * min(batch, threads)
  }

  /// Whether half of this machine's memory holds a run of a network on untrained weights.
  package func haveRoom(for network: Architecture) -> Bool {
    let images = batch * network.inputShape.count
    let bytes = memory(of: network) + 4 * (NetworkCost(network).parameters + images)
    return bytes <= MachineMemory.bytes / 2
  }

  /// A benchmark of a network on weights of no meaning.
  ///
  /// - Parameter pool: Of ``threads`` threads.
  func benchmark(of network: Architecture, pool: ThreadPool) throws -> Benchmark {
    let engine = try Engine(
      network, weights: Weights(untrained: network, seed: 0), precision: precision, pool: pool)
    return Benchmark(engine, pool: pool, batch: batch)
  }

  /// Runs of one network at least.
  private static let fewest = 8
  /// How many of the first do not count.
  private static let warmUp = 3
  /// The seconds after which fewer are enough, but at least one.
  private static let patience = 2.0

  /// The median time of a run of a network on weights of no meaning, in milliseconds.
  ///
  /// - Parameters:
  ///   - seconds: How long it is measured, about.
  ///   - pool: Of ``threads`` threads.
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

package import EfficientNet
package import EfficientNetSystem

/// Measures how long networks take on this machine, on weights of no meaning.
package struct LatencyMeter {
  private let settings: LatencySettings
  private let pool: ThreadPool

  /// - Parameter pool: As many threads as the settings say.
  package init(_ settings: LatencySettings, pool: ThreadPool) {
    (self.settings, self.pool) = (settings, pool)
  }

  /// Runs of one network at least.
  private static let fewest = 8
  /// How many of the first do not count.
  private static let warmUp = 3
  /// After so many seconds fewer will do, one at least.
  private static let patience = 2.0

  /// The median time of a run, in milliseconds.
  ///
  /// - Parameter seconds: How long it is measured, about.
  package func milliseconds(_ architecture: Architecture, seconds: Double) throws -> Double {
    let engine = try Engine(
      architecture, weights: Weights(untrained: architecture, seed: 0),
      precision: settings.precision, pool: pool)
    let clock = ContinuousClock()
    let start = clock.now
    var count = 0
    let times = Benchmark(engine, pool: pool, batch: settings.batch).run(
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

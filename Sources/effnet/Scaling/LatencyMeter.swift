#if Tools
  import EfficientNet
  import EfficientNetCompute

  /// Measures how long networks take on this machine, on weights of no meaning.
  struct LatencyMeter {
    private let settings: LatencySettings
    private let pool: ThreadPool
    /// How long one network is measured, about.
    private let seconds: Double

    init(_ settings: LatencySettings, seconds: Double) {
      (self.settings, self.seconds) = (settings, seconds)
      pool = ThreadPool(threads: settings.threads)
    }

    /// The median time of a run, in milliseconds, of five runs at least.
    ///
    /// - Throws: ``Interruption`` after Ctrl-C.
    func milliseconds(_ architecture: Architecture) throws -> Double {
      let engine = try Engine(
        architecture, weights: Weights(untrained: architecture, seed: 0),
        precision: settings.precision, pool: pool)
      let clock = ContinuousClock()
      let end = clock.now + .seconds(seconds)
      var count = 0
      let times = Benchmark(engine, pool: pool, batch: settings.batch).run(
        while: { Interruption.current == nil && (count < 5 || clock.now < end) },
        report: { _ in count += 1 })
      try Interruption.check()
      return times.sorted()[times.count / 2] / .milliseconds(1)
    }
  }
#endif

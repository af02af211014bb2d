internal import EfficientNet
public import EfficientNetCompute

/// Measures the latency of all parts of the networks of a space.
///
/// The speed of a machine changes with other programs and heat. So the reference of the space runs
/// before and after each network as a yardstick. All times are scaled to the yardstick's fastest
/// run.
///
///     var measurement = LatencyMeasurement(space, classes: 10, pool: pool, precision: .float32)
///     let table = try measurement.run()
public struct LatencyMeasurement {
  private let space: SearchSpace
  private let pool: ThreadPool
  private let settings: LatencySettings
  private var generator: SeededGenerator
  private var table: LatencyTable
  private let parts: Set<LatencyTable.Part>
  /// The first and the fastest time of the yardstick, in milliseconds.
  private var firstPace: Double?
  private var fastestPace = Double.infinity

  /// The numbers of whole networks that calibrate the table and that check it.
  public static let (calibrated, checked) = (10, 30)

  /// Prepares a measurement.
  ///
  /// - Parameters:
  ///   - classes: The number of classes of the classifier.
  ///   - pool: The threads that the networks run on.
  ///   - seed: The seed that selects the measured networks.
  public init(
    _ space: SearchSpace, classes: Int, pool: ThreadPool, precision: Precision, seed: UInt64 = 0
  ) {
    var space = space
    space.reference.classes = classes
    (self.space, self.pool) = (space, pool)
    settings = LatencySettings(threads: pool.threads, batch: 1, precision: precision)
    generator = SeededGenerator(seed: seed)
    let reference = space.reference
    table = LatencyTable(
      conditions:
        "\(pool.threads) \(pool.threads == 1 ? "thread" : "threads"), \(precision.rawValue), "
        + "\(reference.activation.rawValue), \(reference.padding) padding, "
        + "\(reference.inputChannels) channels, "
        + "stem of \(reference.stem)")
    parts = Self.parts(of: space)
  }

  /// The number of measurements: all parts, and the whole networks.
  public var total: Int { parts.count + Self.calibrated + Self.checked }

  /// Returns the reason why a stored table cannot replace this measurement; nil if it can.
  public func complaint(about other: LatencyTable) -> String? {
    if other.conditions != table.conditions {
      return "it was measured with \(other.conditions), not with \(table.conditions)"
    }
    let missing = parts.filter { !other.knows($0) }.count
    return missing == 0
      ? nil : "it lacks \(missing) of the \(parts.count) parts of the space's networks"
  }

  /// Measures networks until all parts are known, then whole networks to calibrate and check the
  /// table.
  ///
  /// - Parameters:
  ///   - isInterrupted: Returns whether to stop.
  ///   - show: Receives the number of completed measurements, of ``total``.
  /// - Returns: The table; nil if it was interrupted.
  /// - Throws: `WeightsError`, `ArchitectureError`, `InstructionSetError`.
  public mutating func run(
    isInterrupted: () -> Bool = { false }, show: (_ done: Int) -> Void = { _ in }
  ) throws -> LatencyTable? {
    let yardstick = try settings.benchmark(of: space.reference, pool: pool)
    var missing = parts
    while !missing.isEmpty {
      if isInterrupted() { return nil }
      let network = space.architecture(point(covering: missing), name: "measured")
      let benchmark = try settings.benchmark(of: network, pool: pool)
      table.add(network, milliseconds: steadily(yardstick) { Self.profile(benchmark, network) })
      missing.subtract(LatencyTable.parts(of: network))
      show(parts.count - missing.count)
    }
    var networks: [(architecture: Architecture, milliseconds: Double)] = []
    for number in 0..<Self.calibrated + Self.checked {
      if isInterrupted() { return nil }
      let network = space.architecture(space.randomPoint(using: &generator), name: "measured")
      let benchmark = try settings.benchmark(of: network, pool: pool)
      networks.append((network, steadily(yardstick) { [Self.latency(benchmark)] }[0]))
      show(parts.count + number + 1)
    }
    table.calibrate(Array(networks.prefix(Self.calibrated)))
    table.check(Array(networks.dropFirst(Self.calibrated)))
    if let firstPace { table.factor *= fastestPace / firstPace }
    return table
  }

  /// Measures times and scales them to the first pace of the yardstick.
  private mutating func steadily(
    _ yardstick: Benchmark, _ measure: () -> [Double]
  ) -> [Double] {
    var attempts = 0
    while true {
      let before = Self.latency(yardstick)
      let times = measure()
      let after = Self.latency(yardstick)
      let first = firstPace ?? before
      firstPace = first
      fastestPace = min(fastestPace, before, after)
      attempts += 1
      // If the pace changed, the times in between are unreliable.
      if abs(after / before - 1) < 0.05 || attempts == 6 {
        return times.map { $0 * first / ((before + after) / 2) }
      }
    }
  }

  /// The median time of at least nine runs of a network, and of more within 10 ms.
  private static func latency(_ benchmark: Benchmark) -> Double {
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(10)
    var runs = 0
    let times = benchmark.run(
      while: {
        runs += 1
        return runs <= 9 || (runs <= 200 && clock.now < end)
      }, report: { _ in })
    return times.sorted()[times.count / 2] / .milliseconds(1)
  }

  /// The time of each part of a network.
  private static func profile(_ benchmark: Benchmark, _ network: Architecture) -> [Double] {
    var times = LatencyTable.parts(of: network).map { _ in 0.0 }
    for step in benchmark.profile(rounds: 21) {
      let part =
        switch step.part {
        case .input, .stem: 0
        case .block(let stage, let index): network.blocks(before: stage) + index
        case .head, .pooling, .classifier: times.count - 1
        }
      times[part] += step.median / .milliseconds(1)
    }
    return times
  }

  // MARK: - Covering

  /// The parts of all networks of the space.
  private static func parts(of space: SearchSpace) -> Set<LatencyTable.Part> {
    let decisions = space.decisions
    var parts: Set<LatencyTable.Part> = []
    // A part depends on the choices of its stage and on the width of the stage before.
    for stage in space.reference.stages.indices {
      let free = decisions.indices.filter { index in
        decisions[index].stage == stage
          || (decisions[index].stage == stage - 1 && decisions[index].kind == .filters)
      }
      var point = decisions.map { _ in 0 }
      for number in 0..<free.reduce(1, { $0 * decisions[$1].choices }) {
        var rest = number
        for index in free {
          point[index] = rest % decisions[index].choices
          rest /= decisions[index].choices
        }
        let network = space.architecture(point, name: "-")
        let before = network.blocks(before: stage)
        let all = LatencyTable.parts(of: network)
        let own = all[before..<before + network.stages[stage].repeats]
        parts.formUnion(own)
        if stage == space.reference.stages.count - 1, let head = all.last { parts.insert(head) }
      }
    }
    return parts
  }

  /// A network with many missing parts: for each stage, the best of 24 random choices.
  private mutating func point(covering missing: Set<LatencyTable.Part>) -> SearchSpace.Point {
    let decisions = space.decisions
    var point = space.randomPoint(using: &generator)
    for stage in space.reference.stages.indices {
      var best = (point: point, gain: -1)
      for _ in 0..<24 {
        var drawn = point
        for (index, decision) in decisions.enumerated() where decision.stage == stage {
          drawn[index] = Int.random(in: 0..<decision.choices, using: &generator)
        }
        let network = space.architecture(drawn, name: "-")
        let end = network.blocks(before: stage + 1)
        let parts = Set(LatencyTable.parts(of: network).prefix(end))
        let gain = parts.intersection(missing).count
        if gain > best.gain { best = (drawn, gain) }
      }
      point = best.point
    }
    return point
  }
}

extension Architecture {
  fileprivate func blocks(before stage: Int) -> Int {
    stages.prefix(stage).reduce(0) { $0 + $1.repeats }
  }
}

import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSearch

struct ObjectiveOptions: ParsableArguments {
  @Option(help: "The cost to keep small.")
  var objective = Objective.Cost.macs
  @Option(number: "Target of the cost (default: that of the space's reference).", value: "30M|5ms")
  var target: String?
  @Option(number: "Exponent w of cost / target in the reward (default: -0.07).")
  var exponent: Double?
  @Flag(
    help: """
      Treat the target as a limit: below it the cost does not matter, twice the target halves the \
      reward.
      """)
  var hard = false
  @Option(
    help: """
      Read the latencies of the space's parts from this file; if it does not exist, measure them and \
      write it (default: measure them).
      """, value: "file.json")
  var latencies: String?
  @Option(number: "Threads for measuring latency (default: all processors).")
  var latencyThreads: Int?

  func validate() throws {
    try check(exponent, "--exponent", -10...0)
    if hard, exponent != nil {
      throw ValidationError("--hard sets the exponents; leave out --exponent")
    }
    if objective != .latency, latencies != nil || latencyThreads != nil {
      throw ValidationError("--latencies and --latency-threads need --objective latency")
    }
    try check(latencyThreads, "--latency-threads", 1...1024)
    if target != nil { _ = try amount(0) }
  }

  private func amount(_ standard: Double) throws -> Double {
    guard let target else { return standard }
    let kind: Budget.Kind =
      switch objective {
      case .macs: .macs
      case .parameters: .parameters
      case .latency: .latency
      }
    if let budget = Budget(kind, target) { return budget.amount }
    throw ValidationError("--target is '\(target)'; \(kind.rule)")
  }

  /// Returns the objective. Without --target, the target is the reference's cost.
  func objective(
    _ space: SearchSpace, classes: Int, _ latencies: LatencyTable?
  ) throws -> Objective {
    var reference = space.reference
    reference.classes = classes
    let cost = NetworkCost(reference)
    let standard: Double? =
      switch objective {
      case .macs: Double(cost.macs)
      case .parameters: Double(cost.parameters)
      case .latency: latencies?.milliseconds(reference)
      }
    let amount = try amount(standard ?? 0)
    if hard { return .hard(cost: objective, target: amount) }
    let w = exponent ?? -0.07
    return Objective(cost: objective, target: amount, exponentBelow: w, exponentAbove: w)
  }

  /// Prints a note if the table predicts the latency of whole networks badly.
  private func warn(of table: LatencyTable) {
    guard let error = table.meanError, error > 0.2 else { return }
    StandardError.note(
      "predicted latencies are off by \(error.percent(digits: 1)) on average, so the rewards are "
        + "unreliable; other programs may have disturbed the measurement: end them and measure "
        + "again, or use --latency-threads 1 or --objective macs")
  }

  /// Reads the table of latencies, or measures and writes it. Returns nil for other objectives and
  /// after Ctrl-C.
  func latencies(of space: SearchSpace, classes: Int, isQuiet: Bool) throws -> LatencyTable? {
    guard objective == .latency else { return nil }
    guard target != nil || space.nearest(to: space.reference)?.differences.isEmpty == true else {
      throw ValidationError(
        "the space does not contain its reference, so the reference's latency is unknown; set a --target such as 5ms"
      )
    }
    var measurement = LatencyMeasurement(
      space, classes: classes, pool: .started(threads: latencyThreads), precision: .float32)
    if let latencies, FileStatus(latencies) != nil {
      let table = try LatencyTable(json: latencies, for: measurement)
      warn(of: table)
      return table
    }
    let line = ProgressLine("latencies of parts and networks", isQuiet: isQuiet)
    let total = measurement.total
    // Open the file before measuring, so that an unwritable path fails early.
    var file = try latencies.map { try OutputFile(path: $0) }
    let table = try measurement.run(
      isInterrupted: { Interruption.current != nil },
      show: { line.update($0, of: total) })
    guard let table else { return nil }
    if !isQuiet {
      StandardError.write(
        "latency: \(table.count.counted("part", "parts")) measured; for \(table.errors.count) whole networks the mean error of the prediction is "
          + "\((table.meanError ?? 0).percent(digits: 1))\n")
    }
    warn(of: table)
    try file?.write(jsonText(table, isPretty: true, keepsKeys: true) + "\n")
    try file?.commit()
    return table
  }
}

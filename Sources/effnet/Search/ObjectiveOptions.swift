import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSearch

/// What a search looks for.
struct ObjectiveOptions: ParsableArguments {
  @Option(help: "What is to be small: macs, parameters or latency.")
  var objective = Objective.Cost.macs
  @Option(number: "How small (default: as the reference of the space).", value: "30M|5ms")
  var target: String?
  @Option(number: "The exponent w of cost / target in the reward (default: -0.07).")
  var exponent: Double?
  @Flag(
    help:
      "The target is a limit: what costs less is worth no more, twice the cost halves the reward."
  )
  var hard = false
  @Option(
    help: """
      The latencies of the space's parts: read from this file if it is there, otherwise measured and written to it.
      """, value: "file.json")
  var latencies: String?
  @Option(number: "Threads that latency is measured with (default: all processors).")
  var latencyThreads: Int?

  func validate() throws {
    try check(exponent, "--exponent", -10...0)
    if hard, exponent != nil {
      throw ValidationError("--hard has exponents of its own; leave out --exponent")
    }
    if objective != .latency, latencies != nil || latencyThreads != nil {
      throw ValidationError("--latencies and --latency-threads go with --objective latency")
    }
    try check(latencyThreads, "--latency-threads", 1...1024)
    if target != nil { _ = try amount(0) }
  }

  private func amount(_ standard: Double) throws -> Double {
    guard let target else { return standard }
    let (kind, example): (Budget.Kind, String) =
      switch objective {
      case .macs: (.macs, "30M")
      case .parameters: (.parameters, "1.5M")
      case .latency: (.latency, "5ms")
      }
    if let budget = Budget(kind, target) { return budget.amount }
    throw ValidationError(
      "--target is '\(target)'; it may be any amount above 0, such as \(example)")
  }

  /// The objective; without a target, what the reference costs.
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

  /// The table of latencies if they are the objective: read, or measured and written. Nil for other objectives, or after Ctrl-C.
  func latencies(of space: SearchSpace, classes: Int, isQuiet: Bool) throws -> LatencyTable? {
    guard objective == .latency else { return nil }
    guard target != nil || space.nearest(to: space.reference)?.differences.isEmpty == true else {
      throw ValidationError(
        "the reference of the space is none of its points, so its latency is not known; name a --target such as 5ms"
      )
    }
    var measurement = LatencyMeasurement(
      space, classes: classes, pool: .started(threads: latencyThreads), precision: .float32)
    if let latencies, FileStatus(latencies) != nil {
      return try LatencyTable(json: latencies, for: measurement)
    }
    let line = ProgressLine("latencies of parts and networks", isQuiet: isQuiet)
    let total = measurement.total
    // That it can be written is known before anything is measured.
    var file = try latencies.map { try OutputFile(path: $0) }
    let table = try measurement.run(
      isInterrupted: { Interruption.current != nil },
      show: { line.update($0, of: total) })
    guard let table else {
      StandardError.write("stopped; latencies that were measured are not kept, begin again\n")
      return nil
    }
    if !isQuiet {
      StandardError.write(
        "latency: \(table.count.counted("part", "parts")) measured; of \(table.errors.count) whole networks the predicted latency is off by "
          + "\((table.meanError ?? 0).percent(digits: 1)) on average\n")
    }
    try file?.write(jsonText(table, isPretty: true, keepsKeys: true) + "\n")
    try file?.commit()
    return table
  }
}

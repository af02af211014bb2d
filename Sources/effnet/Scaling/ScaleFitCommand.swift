import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

struct ScaleFitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Find the largest network within a budget of this machine.",
    discussion: """
      Scales the baseline by the largest φ whose network fits the budget: latency on this \
      machine (a median, measured until two measurements agree), multiply-accumulate operations, \
      parameters, or memory for weights and activations. φ may be a fraction, or below 0 for \
      networks smaller than the baseline. Sizes grow in steps; if a part of the budget remains, \
      the output shows the cost of the next larger network, or why there is none. A budget is \
      refused if the largest possible network takes less than half of it.

      Units: ms and s for --latency; k, M, G or B (both 10^9) and T for --macs and --parameters; \
      B, KB, MB, GB and TB for --memory.

      --free chooses α, β and γ by the trade-off that 'effnet scale dimensions' measured for the \
      same baseline. It scales the most promising mixes of depth, width and resolution to the \
      budget and returns the one with the highest predicted accuracy. Without --model, the \
      baseline and its rounding are the experiment's.

      Examples:
        effnet scale fit --latency 20ms --write scaled/
        effnet scale fit --latency 50ms --threads 1 --precision bf16
        effnet scale fit --model lite0 --macs 1.0G
        effnet scale fit --parameters 8M --json
        effnet scale fit --latency 5ms --free measured/
      """)

  @Option(number: "Budget: the time of a run.", value: "20ms") var latency: String?
  @Option(number: "Budget: multiply-accumulate operations per image.", value: "1.0G")
  var macs: String?
  @Option(number: "Budget: the number of parameters.", value: "8M") var parameters: String?
  @Option(
    number: "Budget: memory for weights and activations of a run; the process takes more.",
    value: "200MB")
  var memory: String?
  @Option(help: "Write the network as a JSON file for --model to this folder.", value: "folder")
  var write: String?
  @OptionGroup var scaling: ScalingOptions
  @Option(
    help: "Choose α, β and γ by the trade-off that this experiment measured.",
    value: "experiment")
  var free: String?
  @OptionGroup var speed: LatencyOptions
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Do not show progress.") var quiet = false

  func validate() throws {
    let budget = try budget
    if speed.isGiven, budget.kind == .macs || budget.kind == .parameters {
      throw ValidationError("--threads, --batch and --precision need --latency or --memory")
    }
    if budget.kind == .memory, budget.amount > Double(MachineMemory.bytes) {
      throw ValidationError(
        "--memory is '\(memory ?? "")'; it must be at most this machine's \(budget.words(Double(MachineMemory.bytes)))"
      )
    }
    if free == nil { try scaling.checkGrowth() }
    if free != nil,
      let other = ["--alpha", "--beta", "--gamma"].first(where: GivenOptions.names.contains)
    {
      throw ValidationError("--free chooses α, β and γ; leave out \(other)")
    }
  }

  private var budget: Budget {
    get throws {
      let budgets: [(kind: Budget.Kind, text: String?)] = [
        (.latency, latency), (.macs, macs), (.parameters, parameters), (.memory, memory),
      ]
      let given = budgets.filter { $0.text != nil }
      guard given.count == 1, let text = given[0].text else {
        throw ValidationError(
          "name exactly one budget, such as --latency 20ms, --macs 1.0G, --parameters 8M or --memory 200MB"
        )
      }
      if let budget = Budget(given[0].kind, text) { return budget }
      throw ValidationError("--\(given[0].kind.rawValue) is '\(text)'; \(given[0].kind.rule)")
    }
  }

  /// Reads the baseline, and the trade-off that an experiment measured for it, if one is named.
  private func baseline() throws -> (Baseline, TradeOff?) {
    guard let free else { return (try scaling.base.network(), nil) }
    let folder = try ExperimentFolder(existing: free)
    let tradeOff = try TradeOff(folder)
    if let doubt = tradeOff.doubt { StandardError.note("\(free): \(doubt)") }
    if scaling.base.isDefault {
      let rule = scaling.base.fine ? tradeOff.rule.fine : tradeOff.rule
      return (Baseline(tradeOff.baseline, rule: rule), tradeOff)
    }
    let baseline = try scaling.base.network()
    try check(baseline, wasMeasuredIn: folder, tradeOff)
    return (baseline, tradeOff)
  }

  /// Refuses a baseline whose layers or pixels are not those of an experiment, and notes other
  /// classes.
  private func check(
    _ baseline: Baseline, wasMeasuredIn folder: ExperimentFolder, _ tradeOff: TradeOff
  ) throws {
    let measured = Baseline(tradeOff.baseline).with(classes: baseline.architecture.classes)
    let (theirs, ours) = (measured.architecture, baseline.architecture)
    guard theirs == ours else {
      let difference =
        theirs.name != ours.name
        ? "'\(theirs.name)', not '\(ours.name)'"
        : theirs.resolution != ours.resolution
          ? "'\(theirs.name)' at \(theirs.resolution) pixels, not at \(ours.resolution)"
          : "another network named '\(theirs.name)', whose layers differ"
      throw FileError(
        path: folder.path,
        reason:
          "the experiment measured \(difference); use its baseline: leave out --model, and options "
          + "that change the network")
    }
    let classes = tradeOff.baseline.classes
    if classes != ours.classes {
      StandardError.note(
        "\(folder.path): the experiment measured \(classes.counted("class", "classes")), not "
          + "\(ours.classes), so the costs of its classifier differ; use its baseline: leave out "
          + "--model, and options that change the network")
    }
  }

  func run() throws {
    let budget = try budget
    let (baseline, tradeOff) = try baseline()
    // Nothing is written before the end.
    Interruption.endAtOnce()
    if budget.kind == .latency, !quiet {
      StandardError.write(
        free == nil
          ? "measuring networks for about 30 s\n"
          : "measuring networks of several mixes, about 30 s each\n")
    }
    let pool = speed.pool()
    var status = StatusLine(isQuiet: quiet)
    func fit(_ coefficients: CompoundCoefficients) -> BudgetFit {
      BudgetFit(
        baseline: baseline, coefficients: coefficients, budget: budget, settings: speed.settings,
        measure: { try speed.settings.milliseconds(of: $0, seconds: $1, pool: pool) })
    }
    func show(_ network: Architecture, _ cost: Double) {
      status.show(
        "\(network.name), \(network.resolution) pixels: \(budget.words(cost)) of \(budget.words(budget.amount))",
        isLast: true)
    }
    let free = try tradeOff.map { try $0.choose(fit, show: show) }
    let found = try free?.result ?? fit(scaling.coefficients).run(show: show)
    let choice = free?.choice
    let coefficients = choice?.coefficients ?? scaling.coefficients
    var network = ScaledNetwork(
      found.network, of: baseline, phi: found.phi,
      factors: coefficients.factors(phi: found.phi), released: nil)
    if budget.kind == .latency { network.medianMS = found.cost }
    if budget.kind == .memory { network.memoryBytes = Int(found.cost) }
    network.file = try write.map { try writeNetwork(found.network, to: $0) }
    try self.show(network, of: baseline, found, free?.trials ?? found.trials, budget, choice)
  }

  private func show(
    _ network: ScaledNetwork, of baseline: Baseline, _ found: BudgetFit.Result,
    _ trials: Int, _ budget: Budget, _ choice: TradeOff.Choice?
  ) throws {
    let isTimed = budget.kind == .latency || budget.kind == .memory
    let (bound, remark): (JSONObject?, String?) =
      switch found.bound {
      case .close: (nil, nil)
      case .step(let cost):
        (["nextCost": cost], "the next larger network takes \(budget.words(cost))")
      case .impossible(let reason):
        (["limit": reason], "there is no larger network: \(reason)")
      }
    if json {
      return try StandardOutput.print(object: [
        "budget": budget, "cost": found.cost, "share": found.cost / budget.amount, "bound": bound,
        "networksTried": trials, "network": network, "speed": isTimed ? speed.settings : nil,
        "free": choice,
      ])
    }
    let table = ScaleTable(
      baseline: baseline.architecture.name,
      baselineMacs: NetworkCost(baseline.architecture).macs,
      coefficients: choice?.coefficients ?? scaling.coefficients,
      fine: baseline.rule == baseline.rule.fine,
      speed: nil, networks: [network])
    try StandardOutput.print((choice?.lines ?? scaling.lines) + ["", table.text, ""])
    let (counted, conditions) =
      switch budget.kind {
      case .latency: ("", " (\(speed.settings.words))")
      case .memory: (" of weights and activations", " (\(speed.settings.runs))")
      case .macs, .parameters: ("", "")
      }
    try StandardOutput.print(
      budget.words(found.cost) + counted
        + ", \((100 * found.cost / budget.amount).formatted(digits: 1)) % of the budget"
        + conditions
        + "; \(trials.counted("network", "networks")) tried")
    let next = network.file.map {
      "next: \(shellLine(["effnet", "benchmark", "--model", $0] + speed.given))"
    }
    try StandardOutput.print([remark, next].compactMap(\.self))
  }
}

extension TradeOff.Choice {
  /// The lines about the choice and its predicted accuracy.
  var lines: [String] {
    func points(_ share: Double) -> String { (100 * share).formatted(digits: 1) }
    return [
      "α \(coefficients.depth.formatted(digits: 3)), β \(coefficients.width.formatted(digits: 3)), "
        + "γ \(coefficients.resolution.formatted(digits: 3)), "
        + (coefficients == .paper
          ? "the paper's: by the measured trade-off none of \(mixes.counted("mix", "mixes")) is better by more than its error"
          : "the best of \(mixes.counted("mix", "mixes")) by the measured trade-off")
        + (skippedMixes > 0
          ? "; \(skippedMixes) more \(skippedMixes == 1 ? "has" : "have") no network within "
            + "the budget, or no steady time"
          : ""),
      "expected: \(points(gain)) ± \(points(gainMargin)) points of top-1 over the baseline, "
        + "the paper's α, β, γ \(points(paperGain)) ± \(points(paperGainMargin)) (95 % margins, by the "
        + "scatter around the fitted curves)",
      "the fit misses the \(self.points) networks that it was made from by \(points(deviation)) points; "
        + (margin.map {
          "the expectation is less certain: their differences have margins of \(points($0)) points"
        } ?? "the expectation is less certain"),
    ]
      + (operations > measuredOperations
        ? [
          "before rounding, the factors of this network give \(operations.fixed(2)) times the "
            + "baseline's operations (d·w²·r²), those of the experiment at most "
            + "\(measuredOperations.fixed(2)) times; the expectation is that at "
            + "\(measuredOperations.fixed(2)) times"
        ] : [])
  }
}

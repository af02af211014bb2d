import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

struct ScaleFitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Find the largest network that a budget of this machine allows.",
    discussion: """
      Scales the baseline by the largest φ, a fraction if need be, whose network takes no more than the budget: \
      time on this machine (a median, measured again until two measurements agree), multiply-accumulate operations, parameters, or \
      memory for weights and feature maps. φ below 0 makes networks smaller than the baseline. Sizes are steps, so a part of the budget \
      may be left: then it is said what the next larger network takes, or why there is none. Budgets of which the largest network that \
      can be built takes less than half are refused. --free takes α, β and γ from what an experiment \
      of scale dimensions measured of the same baseline: of the mixes of depth, width and resolution that promise most at the same \
      operations, each is scaled to the budget, and the one that then promises most is returned.

      Examples:
        effnet scale fit --latency 20ms --write scaled/
        effnet scale fit --latency 50ms --threads 1 --precision bf16
        effnet scale fit --baseline lite0 --macs 1.0G
        effnet scale fit --parameters 8M --json
        effnet scale fit --baseline my.json --latency 5ms --free runs/scale/photos
      """)

  @OptionGroup var scaling: ScalingOptions
  @Option(number: "Time of a run.", value: "20ms") var latency: String?
  @Option(number: "Multiply-accumulate operations of an image.", value: "1.0G") var macs: String?
  @Option(number: "Weights.", value: "8M") var parameters: String?
  @Option(
    number: "Memory for weights and feature maps of a run; the process takes more.", value: "200MB")
  var memory: String?
  @OptionGroup var speed: LatencyOptions
  @Option(
    help: "Choose depth, width and resolution by the trade-off that an experiment measured.",
    value: "experiment")
  var free: String?
  @Option(help: "A folder for a JSON file of the network, for --model.", value: "folder")
  var write: String?
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "No progress.") var quiet = false

  func validate() throws {
    let budget = try budget
    if speed.isGiven, budget.kind == .macs || budget.kind == .parameters {
      throw ValidationError("--threads, --batch and --precision go with --latency and --memory")
    }
    if budget.kind == .memory, budget.amount > Double(MachineMemory.bytes) {
      throw ValidationError(
        "--memory is '\(memory ?? "")'; it may be up to this machine's \(budget.words(Double(MachineMemory.bytes)))"
      )
    }
    guard free != nil || scaling.coefficients.cost > 1.01 else {
      throw ValidationError(
        "α·β²·γ² is \(scaling.coefficients.cost.shortest), and a network that grows needs more than 1.01; "
          + "raise --alpha, --beta or --gamma")
    }
    if free != nil,
      let other = ["--alpha", "--beta", "--gamma"].first(where: GivenOptions.names.contains)
    {
      throw ValidationError("--free chooses α, β and γ; leave out \(other)")
    }
  }

  private var budget: Budget {
    get throws {
      let budgets: [(kind: Budget.Kind, text: String?, example: String)] = [
        (.latency, latency, "20ms"), (.macs, macs, "1.0G"), (.parameters, parameters, "8M"),
        (.memory, memory, "200MB"),
      ]
      let given = budgets.filter { $0.text != nil }
      guard given.count == 1, let text = given[0].text else {
        throw ValidationError(
          "name one budget: --latency 20ms, --macs 1.0G, --parameters 8M or --memory 200MB")
      }
      if let budget = Budget(given[0].kind, text) { return budget }
      throw ValidationError(
        "--\(given[0].kind.rawValue) is '\(text)'; it may be any amount above 0, such as \(given[0].example)"
      )
    }
  }

  /// What an experiment measured of this baseline.
  private func measuredTradeOff(of path: String, for baseline: Baseline) throws -> TradeOff {
    let folder = try ExperimentFolder(existing: path)
    let tradeOff = try TradeOff(folder)
    // It may have had other classes.
    let measured = Baseline(tradeOff.baseline).with(classes: baseline.architecture.classes)
    guard measured.architecture == baseline.architecture else {
      throw FileError(
        path: path,
        reason:
          "it measured '\(tradeOff.baseline.name)', not '\(scaling.base.baseline)'; name its own with --baseline \(folder.file("baseline.json"))"
      )
    }
    return tradeOff
  }

  func run() throws {
    let budget = try budget
    let baseline = try scaling.base.network()
    let tradeOff = try free.map { try measuredTradeOff(of: $0, for: baseline) }
    // Nothing is written before all is done.
    Interruption.endAtOnce()
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
      found.network, phi: found.phi, factors: coefficients.factors(phi: found.phi),
      released: nil)
    if budget.kind == .latency { network.medianMS = found.cost }
    network.file = try write.map { try writeNetwork(found.network, to: $0) }
    try self.show(network, found, free?.trials ?? found.trials, budget, choice)
  }

  private func show(
    _ network: ScaledNetwork, _ found: BudgetFit.Result, _ trials: Int, _ budget: Budget,
    _ choice: TradeOff.Choice?
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
      baseline: scaling.base.baseline, coefficients: choice?.coefficients ?? scaling.coefficients,
      speed: nil, networks: [network])
    try StandardOutput.print((choice?.lines ?? [scaling.line]) + ["", table.text, ""])
    try StandardOutput.print(
      budget.words(found.cost) + (budget.kind == .memory ? " of weights and feature maps" : "")
        + ", \((100 * found.cost / budget.amount).formatted(digits: 1)) % of the budget"
        + (budget.kind == .latency ? " (\(speed.settings.words))" : "")
        + "; \(trials.counted("network", "networks")) tried")
    let next = network.file.map { "next: \(shellLine(["effnet", "benchmark", "--model", $0]))" }
    try StandardOutput.print([remark, next].compactMap(\.self))
  }
}

extension TradeOff.Choice {
  /// What was chosen, and what it promises.
  var lines: [String] {
    func points(_ share: Double) -> String { (100 * share).formatted(digits: 1) }
    return [
      "α \(coefficients.depth.formatted(digits: 3)), β \(coefficients.width.formatted(digits: 3)), "
        + "γ \(coefficients.resolution.formatted(digits: 3)), "
        + (coefficients == .paper
          ? "the paper's: of \(mixes.counted("mix", "mixes")) none promises more than it by the measured trade-off, beyond what that misses"
          : "the best of \(mixes.counted("mix", "mixes")) by the measured trade-off")
        + (skippedMixes > 0
          ? "; \(skippedMixes) more have no network, or no steady time, for the budget" : ""),
      "expected: \(points(gain)) points of top-1 over the baseline, the paper's α, β, γ \(points(paperGain)); "
        + "the trade-off misses its own \(self.points) networks by \(points(deviation)) points",
    ]
  }
}

#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetCompute
  import FoundationEssentials

  struct ScaleFitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fit",
      abstract: "Find the largest network that a budget of this machine allows.",
      discussion: """
        Scales the baseline by the largest φ, a fraction if need be, whose network takes no more than the budget: \
        time on this machine (a median, measured once more at the end), multiply-accumulate operations, parameters, or memory to \
        run it (weights and feature maps). φ below 0 makes networks smaller than the baseline.

        Examples:
          effnet scale fit --latency 20ms --write scaled/
          effnet scale fit --latency 50ms --threads 1 --precision bf16
          effnet scale fit --baseline lite0 --macs 1.0G
          effnet scale fit --parameters 8M --json
        """)

    @OptionGroup var scaling: ScalingOptions
    @Option(parsing: .unconditional, help: ArgumentHelp("Time of a run.", valueName: "20ms"))
    var latency: String?
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("Multiply-accumulate operations of an image.", valueName: "1.0G"))
    var macs: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("Weights.", valueName: "8M"))
    var parameters: String?
    @Option(
      parsing: .unconditional, help: ArgumentHelp("Memory to run a batch.", valueName: "200MB"))
    var memory: String?
    @OptionGroup var speed: LatencyOptions
    @Option(
      help: ArgumentHelp(
        "A folder for a JSON file of the network, for --model.", valueName: "folder"))
    var write: String?
    @Flag(help: "Print one JSON object.") var json = false
    @Flag(help: "No progress.") var quiet = false

    func validate() throws {
      let budget = try budget
      if speed.isGiven, budget.kind == .macs || budget.kind == .parameters {
        throw ValidationError("--threads, --batch and --precision go with --latency and --memory")
      }
    }

    /// The one that is named.
    private var budget: Budget {
      get throws {
        let budgets: [(Budget.Kind, String?)] = [
          (.latency, latency), (.macs, macs), (.parameters, parameters), (.memory, memory),
        ]
        let given = budgets.compactMap { kind, text in text.map { (kind, $0) } }
        guard given.count == 1 else {
          throw ValidationError(
            "name one budget: --latency 20ms, --macs 1.0G, --parameters 8M or --memory 200MB")
        }
        return try Budget(given[0].0, given[0].1)
      }
    }

    func run() throws {
      let budget = try budget
      let baseline = try scaling.network()
      let folder = try write.map { try NetworkFolder($0) }
      Interruption.install()
      let fit = BudgetFit(
        baseline: baseline, coefficients: scaling.coefficients, budget: budget,
        settings: speed.settings)
      var isShown = false
      defer { if isShown { StandardError.write("\r\u{1B}[K") } }
      let found = try fit.run { network, cost in
        guard !quiet, StandardError.isTerminal else { return }
        isShown = true
        StandardError.write(
          "\r\u{1B}[K\(network.name), \(network.resolution) pixels: \(budget.words(cost)) of \(budget.words(budget.amount))"
        )
      }
      if isShown { StandardError.write("\r\u{1B}[K") }
      isShown = false
      var network = ScaledNetwork(
        found.network, phi: found.phi, factors: scaling.coefficients.factors(phi: found.phi),
        released: nil)
      if budget.kind == .latency { network.milliseconds = found.cost }
      network.file = try folder?.write(found.network)
      try show(network, found, budget)
    }

    private func show(_ network: ScaledNetwork, _ found: BudgetFit.Result, _ budget: Budget) throws
    {
      let isTimed = budget.kind == .latency || budget.kind == .memory
      if json {
        return try StandardOutput.print(
          jsonLine(
            FitSummary(
              budget: .init(kind: budget.kind, amount: budget.amount), cost: found.cost,
              share: found.cost / budget.amount, networksTried: found.trials, network: network,
              speed: isTimed ? speed.settings : nil)))
      }
      let table = ScaleTable(
        baseline: scaling.baseline, coefficients: scaling.coefficients, speed: nil,
        networks: [network])
      try StandardOutput.print(scaling.line)
      try StandardOutput.print("")
      try StandardOutput.print(table.text)
      try StandardOutput.print("")
      try StandardOutput.print(
        "\(budget.words(found.cost)), \((100 * found.cost / budget.amount).formatted(digits: 1)) % of the budget"
          + (budget.kind == .latency ? " (\(speed.settings.words))" : "")
          + "; \(found.trials.counted("network", "networks")) tried")
      if let file = network.file {
        try StandardOutput.print(
          "next: \(ShellWords.joined(["effnet", "benchmark", "--model", file]))")
      }
    }
  }

  /// What `effnet scale fit --json` prints.
  private struct FitSummary: Encodable {
    struct Amount: Encodable {
      let kind: Budget.Kind
      /// In milliseconds, operations, weights or bytes, as is ``FitSummary/cost``.
      let amount: Double
    }

    let budget: Amount
    let cost: Double
    /// Of the budget.
    let share: Double
    let networksTried: Int
    let network: ScaledNetwork
    let speed: LatencySettings?

    private enum CodingKeys: String, CodingKey {
      case budget, cost, share, network, speed
      case networksTried = "networks_tried"
    }
  }
#endif

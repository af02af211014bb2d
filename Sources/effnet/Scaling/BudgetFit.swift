#if Tools
  import EfficientNet
  import EfficientNetCompute

  /// Looks for the largest network of a baseline that a budget allows.
  struct BudgetFit {
    let baseline: Baseline
    let coefficients: CompoundCoefficients
    let budget: Budget
    let settings: LatencySettings

    /// Where φ is looked for: what is beyond is no network that anybody trains.
    private static let range = -20.0...20.0
    /// Times of machines that others use, too, vary: what was found is measured again, and looked for again if it does not hold.
    private static let mostTrials = 60
    private static let closeness = 0.94
    private static let proof = 0.9...1.0

    struct Result {
      let network: Architecture
      let phi: Double
      /// What it costs, in the budget's unit.
      let cost: Double
      /// Networks that were looked at.
      let trials: Int
    }

    /// The network.
    ///
    /// - Parameter show: Is told of each network that was looked at.
    /// - Throws: ``FitError``, ``Interruption``, and what is wrong with the baseline.
    func run(show: (_ network: Architecture, _ cost: Double) -> Void) throws -> Result {
      try baseline.architecture.validate()
      let isMeasured = budget.kind == .latency
      var search = BudgetSearch(
        budget: budget.amount, closeness: isMeasured ? Self.closeness : 1.01, in: Self.range)
      let quick = LatencyMeter(settings, seconds: 0.7)
      for trials in 0..<Self.mostTrials {
        try Interruption.check()
        if let phi = search.next {
          let network = baseline.network(coefficients, phi: phi)
          let cost = try cost(of: network, quick)
          show(network, cost)
          search.add(cost: cost, at: phi)
          continue
        }
        guard let best = search.best else {
          let smallest = search.trials.min { $0.phi < $1.phi }
          throw FitError.tooSmall(
            budget: budget.words(budget.amount), smallest: budget.words(smallest?.cost ?? 0))
        }
        let network = baseline.network(coefficients, phi: best.phi)
        guard isMeasured else {
          return Result(
            network: network, phi: best.phi, cost: best.cost, trials: trials)
        }
        let cost = try LatencyMeter(settings, seconds: 2).milliseconds(network)
        show(network, cost)
        if Self.proof.contains(cost / budget.amount) {
          return Result(network: network, phi: best.phi, cost: cost, trials: trials)
        }
        search.add(cost: cost, at: best.phi)
      }
      throw FitError.restless(budget: budget.words(budget.amount))
    }

    /// What a network costs; infinitely much if it cannot be built.
    private func cost(of network: Architecture, _ meter: LatencyMeter) throws -> Double {
      guard (try? network.validate()) != nil else { return .infinity }
      switch budget.kind {
      case .latency: return try meter.milliseconds(network)
      case .macs: return Double(NetworkCost(network).macs)
      case .parameters: return Double(NetworkCost(network).parameters)
      case .memory:
        let engine = try Engine(
          network, weights: Weights(untrained: network, seed: 0), precision: settings.precision)
        return Double(
          engine.weightBytes + engine.bytesPerImage * min(settings.batch, settings.threads))
      }
    }
  }

  /// Why there is no network for a budget.
  enum FitError: Error, CustomStringConvertible {
    case tooSmall(budget: String, smallest: String)
    case restless(budget: String)
    case shrinking

    var description: String {
      switch self {
      case .tooSmall(let budget, let smallest):
        "the budget of \(budget) is below what the smallest network takes, \(smallest); "
          + "name a larger one, or a smaller --baseline"
      case .restless(let budget):
        "times vary too much here to find a network of \(budget); stop other programs, or try again"
      case .shrinking:
        "the baseline is more than the budget allows already, and --free only makes networks larger; "
          + "name a smaller --baseline, or leave out --free"
      }
    }
  }
#endif

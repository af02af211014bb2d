package import EfficientNet
import EfficientNetCompute
import EfficientNetReports

/// Looks for the largest network of a baseline that a budget allows.
///
/// On the way times are measured briefly. What the result rests on is measured again, until two times of one network agree: the
/// network itself and, unless it comes close to the budget, the next larger one.
package struct BudgetFit {
  let baseline: Baseline
  let coefficients: CompoundCoefficients
  let budget: Budget
  let settings: LatencySettings
  /// The milliseconds of a network, measured for about so many seconds.
  let measure: (_ network: Architecture, _ seconds: Double) throws -> Double

  package init(
    baseline: Baseline, coefficients: CompoundCoefficients, budget: Budget,
    settings: LatencySettings,
    measure: @escaping (_ network: Architecture, _ seconds: Double) throws -> Double
  ) {
    (self.baseline, self.coefficients, self.budget) = (baseline, coefficients, budget)
    (self.settings, self.measure) = (settings, measure)
  }

  /// How often operations may be doubled or halved: networks beyond cannot be built, or are nothing any more.
  private static let mostDoublings = 40.0
  /// The share of a time budget from which on nothing larger is looked for.
  private static let closeness = 0.94
  /// Two times of one network agree if they differ by no more than this factor.
  private static let agreement = 1.1
  /// How often one network is measured before its times are called restless.
  private static let mostMeasurements = 6
  /// The least share of the budget that a network has to reach if none can be built that reaches more.
  private static let leastShare = 0.5

  package struct Result {
    package let network: Architecture
    package let phi: Double
    /// What it costs, in the budget's unit.
    package let cost: Double
    /// Networks that were looked at.
    package let trials: Int
    package let bound: Bound
  }

  /// What keeps the network from being larger.
  package enum Bound: Hashable {
    /// It comes close enough to the budget.
    case close
    /// The next larger network costs more than the budget.
    case step(cost: Double)
    /// There is no larger network, for a reason.
    case impossible(reason: String)
  }

  /// The network.
  ///
  /// - Parameter show: Is told of each network that was looked at.
  /// - Throws: ``FitError``, and what is wrong with the baseline.
  package func run(show: (_ network: Architecture, _ cost: Double) -> Void) throws -> Result {
    try baseline.architecture.validate()
    let isMeasured = budget.kind == .latency
    let reach = Self.mostDoublings / coefficients.doublings
    // Of counts, the last step that fits is looked for.
    var search = BudgetSearch(
      budget: budget.amount, closeness: isMeasured ? Self.closeness : 1.01,
      doublings: coefficients.doublings, in: -reach...reach)
    var costs: [Architecture: Double] = [:]
    var settled: Set<Architecture> = []
    while true {
      if let phi = search.next {
        let network = scaled(phi)
        let known = costs[network.withoutName]
        let cost = try known ?? cost(of: network)
        if known == nil, cost.isFinite { show(network, cost) }
        costs[network.withoutName] = cost
        search.add(cost: cost, at: phi)
        continue
      }
      let deciding = [search.isClose ? nil : search.over, search.best].compactMap(\.self)
      let open = deciding.first {
        $0.cost.isFinite && !settled.contains(scaled($0.phi).withoutName)
      }
      guard isMeasured, let open else { return try result(of: search, trials: costs.count) }
      let network = scaled(open.phi)
      let cost = try settledTime(of: network, first: open.cost)
      show(network, cost)
      settled.insert(network.withoutName)
      costs[network.withoutName] = cost
      for trial in search.trials where scaled(trial.phi).withoutName == network.withoutName {
        search.add(cost: cost, at: trial.phi)
      }
    }
  }

  private func scaled(_ phi: Double) -> Architecture {
    baseline.network(coefficients, phi: phi)
  }

  private func result(of search: BudgetSearch, trials: Int) throws -> Result {
    guard let best = search.best else {
      throw FitError.tooSmall(
        budget: budget, smallest: search.over?.cost ?? 0)
    }
    let bound: Bound =
      if search.isClose {
        .close
      } else if let over = search.over {
        obstacle(to: scaled(over.phi)).map { .impossible(reason: $0) } ?? .step(cost: over.cost)
      } else {
        .impossible(reason: "φ = \(best.phi.shortest) is the largest that is looked at")
      }
    let network = scaled(best.phi)
    if case .impossible(let reason) = bound, best.cost < Self.leastShare * budget.amount {
      throw FitError.beyond(
        budget: budget, largest: network.name, cost: best.cost, reason: reason)
    }
    return Result(
      network: network, phi: best.phi, cost: best.cost, trials: trials, bound: bound)
  }

  /// What a network costs, of times a first impression; infinitely much if there is an ``obstacle(to:)``.
  private func cost(of network: Architecture) throws -> Double {
    guard obstacle(to: network) == nil else { return .infinity }
    switch budget.kind {
    case .latency: return try measure(network, 0.7)
    case .macs: return Double(NetworkCost(network).macs)
    case .parameters: return Double(NetworkCost(network).parameters)
    case .memory: return Double(settings.memory(of: network))
    }
  }

  /// Why a network cannot be built, or measured here; nil if it can.
  private func obstacle(to network: Architecture) -> String? {
    do throws(ArchitectureError) { try network.validate() } catch { return error.description }
    guard budget.kind == .latency, !settings.haveRoom(for: network) else { return nil }
    return "\(network.name) takes more than half of this machine's memory"
  }

  /// A time that an earlier one of the same network agrees with.
  ///
  /// - Throws: ``FitError/restless(budget:network:fastest:slowest:)``.
  private func settledTime(of network: Architecture, first: Double) throws -> Double {
    var times = [first]
    while times.count < Self.mostMeasurements {
      let time = try measure(network, 2)
      let agrees = times.contains {
        max($0, time) <= Self.agreement * min($0, time)
      }
      if agrees { return time }
      times.append(time)
    }
    times.sort()
    throw FitError.restless(
      budget: budget, network: network.name, fastest: times[0],
      slowest: times[times.count - 1])
  }
}

extension Architecture {
  /// What decides its costs: scales that rounding makes equal have one.
  fileprivate var withoutName: Architecture {
    var network = self
    (network.name, network.dropout) = ("", 0)
    return network
  }
}

/// Why there is no network for a budget.
package enum FitError: Error, Hashable, CustomStringConvertible {
  case tooSmall(budget: Budget, smallest: Double)
  case beyond(budget: Budget, largest: String, cost: Double, reason: String)
  case restless(budget: Budget, network: String, fastest: Double, slowest: Double)
  /// A trade-off is for networks larger than the baseline, which costs more already.
  case shrinking

  package var description: String {
    switch self {
    case .tooSmall(let budget, let smallest):
      "the budget of \(budget.words(budget.amount)) is below what the smallest network takes, \(budget.words(smallest)); "
        + "name a larger one, or a smaller --baseline"
    case .beyond(let budget, let largest, let cost, let reason):
      "the budget of \(budget.words(budget.amount)) is out of reach: the largest network, \(largest), takes \(budget.words(cost)), "
        + "and beyond it \(reason); "
        + "name a smaller budget, a larger --baseline, or another --alpha, --beta or --gamma"
    case .restless(let budget, let network, let fastest, let slowest):
      "times vary too much here: \(network) took from \(budget.words(fastest)) to \(budget.words(slowest)); stop other programs, or try again"
    case .shrinking:
      "the baseline is more than the budget allows already, and --free only makes networks larger; "
        + "name a smaller --baseline, or leave out --free"
    }
  }
}

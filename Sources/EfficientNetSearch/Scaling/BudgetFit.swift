package import EfficientNet
import EfficientNetCompute
import EfficientNetReports

/// Searches the largest network of a baseline within a budget.
///
/// The search first measures every network's time briefly. Two networks decide the result: the
/// result itself and, unless it comes close to the budget, the next larger network. The search
/// measures each of them again until two measurements of it agree.
package struct BudgetFit {
  let baseline: Baseline
  let coefficients: CompoundCoefficients
  let budget: Budget
  let settings: LatencySettings
  /// Returns the time of a network in milliseconds, measured for about `seconds`.
  let measure: (_ network: Architecture, _ seconds: Double) throws -> Double

  package init(
    baseline: Baseline, coefficients: CompoundCoefficients, budget: Budget,
    settings: LatencySettings,
    measure: @escaping (_ network: Architecture, _ seconds: Double) throws -> Double
  ) {
    (self.baseline, self.coefficients, self.budget) = (baseline, coefficients, budget)
    (self.settings, self.measure) = (settings, measure)
  }

  /// The limit on doublings and halvings of the operations; networks beyond cannot be built.
  private static let mostDoublings = 40.0
  /// The share of a time budget that a network must reach to end the search.
  private static let closeness = 0.94
  /// The largest ratio of two times that agree.
  private static let agreement = 1.1
  /// The largest number of measurements of one network before the search fails.
  private static let mostMeasurements = 6
  /// The smallest share of the budget that the largest possible network must reach.
  private static let leastShare = 0.5

  package struct Result {
    package let network: Architecture
    package let phi: Double
    /// The cost in the budget's unit.
    package let cost: Double
    /// The number of networks that were examined.
    package let trials: Int
    package let bound: Bound
  }

  /// The reason why the network is not larger.
  package enum Bound: Hashable {
    /// The network comes close enough to the budget.
    case close
    /// The next larger network exceeds the budget.
    case step(cost: Double)
    /// A larger network cannot be built or measured, for a reason.
    case impossible(reason: String)
  }

  /// Runs the search.
  ///
  /// - Parameter show: Receives each examined network with its cost.
  /// - Throws: ``FitError``, and `ArchitectureError` for an invalid baseline.
  package func run(show: (_ network: Architecture, _ cost: Double) -> Void) throws -> Result {
    try baseline.architecture.validate()
    let isMeasured = budget.kind == .latency
    let reach = Self.mostDoublings / coefficients.doublings
    // Counts are exact, so the search continues to the last step that fits.
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
        try obstacle(to: scaled(over.phi)).map { .impossible(reason: $0) } ?? .step(cost: over.cost)
      } else {
        .impossible(reason: "φ = \(best.phi.shortest) is the upper limit of the search")
      }
    let network = scaled(best.phi)
    if case .impossible(let reason) = bound, best.cost < Self.leastShare * budget.amount {
      throw FitError.beyond(
        budget: budget, largest: network.name, cost: best.cost, reason: reason)
    }
    return Result(
      network: network, phi: best.phi, cost: best.cost, trials: trials, bound: bound)
  }

  /// The cost of a network (a time only measured briefly), or infinity if it has an
  /// ``obstacle(to:)``.
  private func cost(of network: Architecture) throws -> Double {
    guard try obstacle(to: network) == nil else { return .infinity }
    switch budget.kind {
    case .latency: return try measure(network, 0.7)
    case .macs: return Double(NetworkCost(network).macs)
    case .parameters: return Double(NetworkCost(network).parameters)
    case .memory: return Double(try settings.memory(of: network))
    }
  }

  /// The reason why a network cannot be built, or measured on this machine; nil if it can.
  private func obstacle(to network: Architecture) throws -> String? {
    do throws(ArchitectureError) { try network.validate() } catch { return error.description }
    guard budget.kind == .latency, try !settings.haveRoom(for: network) else { return nil }
    return "\(network.name) takes more than half of this machine's memory"
  }

  /// Measures a network until two times agree, and returns the last.
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
  /// The network without name and dropout, so that networks of equal cost compare equal.
  fileprivate var withoutName: Architecture {
    var network = self
    (network.name, network.dropout) = ("", 0)
    return network
  }
}

/// The reason why no network fits a budget.
package enum FitError: LibraryError {
  case tooSmall(budget: Budget, smallest: Double)
  case beyond(budget: Budget, largest: String, cost: Double, reason: String)
  case restless(budget: Budget, network: String, fastest: Double, slowest: Double)
  /// A trade-off only makes networks larger, but the baseline exceeds the budget already.
  case shrinking

  package var kind: String { "budget" }

  package var description: String {
    switch self {
    case .tooSmall(let budget, let smallest):
      "the budget of \(budget.words(budget.amount)) is too small: "
        + "the smallest network takes \(budget.words(smallest)); "
        + "use a larger budget or a smaller baseline"
    case .beyond(let budget, let largest, let cost, let reason):
      "the budget of \(budget.words(budget.amount)) is out of reach: "
        + "the largest network, \(largest), takes \(budget.words(cost)), and beyond it \(reason); "
        + "use a smaller budget, a larger baseline, or other α, β and γ"
    case .restless(let budget, let network, let fastest, let slowest):
      "times vary too much: \(network) took \(budget.words(fastest)) to \(budget.words(slowest)); "
        + "stop other programs and try again"
    case .shrinking:
      "the baseline already exceeds the budget, and a search over α, β and γ only makes it larger; "
        + "use a smaller baseline, or fix α, β and γ"
    }
  }
}

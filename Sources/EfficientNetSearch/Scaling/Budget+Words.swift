import EfficientNetReports

extension Budget {
  /// For instance "20.0 ms".
  package func words(_ amount: Double) -> String {
    switch kind {
    case .latency: "\(amount.formatted(significant: 3)) ms"
    case .macs: "\(amount.inMillions) MACs"
    case .parameters: "\(amount.inMillions) parameters"
    case .memory:
      amount >= 1e5
        ? "\((amount / 1e6).formatted(significant: 4)) MB" : "\(amount.inMillions) bytes"
    }
  }
}

extension FitError: CustomStringConvertible {
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

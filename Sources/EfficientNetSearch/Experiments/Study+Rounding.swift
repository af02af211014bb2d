internal import EfficientNet
internal import EfficientNetReports
internal import EfficientNetSystem

extension Study {
  /// A remark on networks whose operations differ by more than 10 % from those asked for, with a
  /// remedy; nil if there are none.
  package var roundingRemark: String? {
    let rule: ScalingRule
    var remedies: [String] = []
    switch self {
    case .grid(let study):
      rule = study.rule
      if !study.matchesCost {
        remedies.append("--equal-macs adjusts the φ of each network to the operations")
      }
    case .dimensions(let study): rule = study.rule
    case .architectures: return nil
    }
    remedies.append(
      rule == rule.fine ? "a wider baseline rounds less" : "--fine rounds in smaller steps")
    let networks = factors
    let uneven = networks.filter { abs($0.reached / $0.asked - 1) > 0.1 }
    let worst = uneven.max { abs(log($0.reached / $0.asked)) < abs(log($1.reached / $1.asked)) }
    guard let worst else { return nil }
    return "rounding changes the operations of \(uneven.count) of "
      + "\(networks.count.counted("network", "networks")) by more than 10 % "
      + "(\(title(of: worst.candidate)) has \(worst.reached.fixed(2)) times the baseline's, "
      + "not \(worst.asked.shortest) times): \(remedies.joined(separator: "; "))"
  }

  /// The factor on the baseline's operations that each candidate aims at, and the one that it has.
  private var factors: [(candidate: Candidate, asked: Double, reached: Double)] {
    let base = Double(NetworkCost(baseline).macs)
    return candidates.compactMap { candidate in
      let asked: Double? =
        switch self {
        case .grid(let study): study.grid.budget
        case .dimensions(let study): study.factor(of: candidate)
        case .architectures: nil
        }
      let macs = Double(NetworkCost(candidate.architecture).macs)
      return asked.map { (candidate, $0, macs / base) }
    }
  }
}

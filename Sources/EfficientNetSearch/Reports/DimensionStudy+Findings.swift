internal import EfficientNet
internal import EfficientNetReports
internal import EfficientNetSystem

extension DimensionStudy {
  /// The networks that are significantly more accurate than the baseline, best first; nil if the
  /// baseline or all others diverged.
  ///
  /// Each is compared with the same baseline, so by Bonferroni's bound all comparisons together
  /// have a confidence of 95 %. The margins are those of ``Ranking/differenceToBest(_:)``: a
  /// baseline that is not tied with the best network is beaten by it.
  func better(
    thanBaselineIn ranking: Ranking
  ) -> (networks: [Ranking.Standing], compared: Int)? {
    guard
      let baseline = ranking.standings.first(where: { $0.candidate.series == nil }),
      baseline.mean != nil
    else { return nil }
    let others = ranking.standings.filter { $0.candidate.series != nil && $0.mean != nil }
    if others.isEmpty { return nil }
    let tail = Ranking.tailOfBest(among: ranking.standings)
    let better = others.filter { standing in
      ranking.difference(standing, baseline, tail: tail).map { $0.mean > $0.margin } ?? false
    }
    return (better, others.count)
  }

  /// A sentence on the networks that are better than the baseline; nil if the order of the networks
  /// means nothing, or if there is nothing to compare.
  func versusBaseline(_ ranking: Ranking) -> String? {
    guard ranking.verdict != .nearChance, let (networks, count) = better(thanBaselineIn: ranking)
    else { return nil }
    let confidence =
      "(95 % confidence for all \(count.counted("comparison", "comparisons")) together)"
    if networks.isEmpty {
      return "No gain by scaling is shown: none of "
        + "\(count.counted("scaled network", "scaled networks")) is significantly better than the "
        + "baseline \(confidence)."
    }
    let most = 4
    let names = networks.prefix(most).map { title(of: $0.candidate) }.joined(separator: ", ")
    return networks.count.counted(of: count, "scaled network", "scaled networks")
      + " significantly better than the baseline: \(names)"
      + (networks.count > most ? " and \(networks.count - most) more" : "") + " \(confidence)."
  }

  /// A sentence on the factor at which compound scaling and another network differ most in
  /// operations; nil if they differ by at most 5 % at each factor.
  var unequalRemark: String? {
    let pairs = factors.flatMap { factor -> [(factor: Double, compound: Double, other: Double)] in
      let networks = candidates.filter { self.factor(of: $0) == factor }
      guard let compound = networks.first(where: { $0.series == Self.compound }) else { return [] }
      return networks.map { (factor, reachedFactor(of: compound), reachedFactor(of: $0)) }
    }
    func difference(_ pair: (factor: Double, compound: Double, other: Double)) -> Double {
      abs(log(pair.compound / pair.other))
    }
    guard let most = pairs.max(by: { difference($0) < difference($1) }),
      difference(most) > log(1.05)
    else { return nil }
    return "Operations are not equal: at \(most.factor.shortest)× compound scaling has "
      + "\(most.compound.fixed(2)) times the baseline's, and another network "
      + "\(most.other.fixed(2)) times, so a difference in accuracy may come from the operations"
      + (rule == rule.fine ? "." : ": --fine brings them closer.")
  }

  /// Sentences on networks that rounding leaves as deep, as wide or as large as the baseline,
  /// although a factor above 1 asks for more.
  var unchangedRemarks: [String] {
    func remark(
      _ noun: String, _ factor: KeyPath<CompoundCoefficients, Double>,
      _ size: (Architecture) -> [Int]
    ) -> String? {
      let same = candidates.filter {
        ($0.factors?[keyPath: factor] ?? 1) > 1 && size($0.architecture) == size(baseline)
      }
      guard let first = same.first, let asked = first.factors?[keyPath: factor] else { return nil }
      let others = same.count - 1
      return "\(title(of: first)) rounds to no additional \(noun): its factor of "
        + "\(asked.significant(3)) is too small"
        + (others == 0
          ? "" : "; the same holds for \(others.counted("other network", "other networks"))")
        + ". Use larger factors (--factors) or a larger baseline."
    }
    return [
      remark("layer", \.depth) { $0.stages.map(\.repeats) },
      remark("channel", \.width) { $0.stages.map(\.channels) },
      remark("pixel", \.resolution) { [$0.resolution] },
    ].compactMap(\.self)
  }
}

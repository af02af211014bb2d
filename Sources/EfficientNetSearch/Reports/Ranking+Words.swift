internal import EfficientNet
internal import EfficientNetReports
internal import EfficientNetTraining

extension Ranking {
  static let allDiverged =
    "All trainings diverged: use a lower learning rate (--lr), or clip gradients (--clip)."

  /// How to add seeds to an experiment that is not a search.
  static let moreSeeds = "--resume with a larger --seeds"
  /// How to add seeds to the finalists of a search.
  static let moreFinalSeeds = "--resume with a larger --top-seeds"

  /// The first sentences of the findings: the best network, or why there is no winner and a
  /// remedy.
  ///
  /// - Parameter title: Returns the name of a candidate in words.
  func headline(_ title: (Candidate) -> String) -> String {
    guard let best, let right = best.right, let verdict else { return Self.allDiverged }
    let name = title(best.candidate)
    switch verdict {
    case .nearChance:
      return
        (networksTried == 1
        ? "No winner: \(name)" : "No winner: even the best of \(networksTried) (\(name))")
        + " is not clearly better than guessing. It gets \(right.text) right; "
        + "guessing the most frequent class gets \(chance.share.percent()). The order of the "
        + "networks means nothing. Train longer (--epochs) or with more photos."
    case .tie:
      let compared = standings.count { $0.mean != nil }
      let which = compared == standings.count ? fully : " that did not diverge"
      return
        (isWholeTie
        ? "No winner: the \(compared) networks\(which) do not differ significantly (95 % "
          + "confidence). The highest (\(name)) gets \(right.text) right. "
        : "No winner: \(name) is the highest and gets \(right.text) right, but it is not "
          + "significantly better than \(tied.count - 1) of the \(compared - 1) other "
          + "networks\(which) (95 % confidence). ")
        + "Train longer (--epochs) or \(remedy)."
    case .notCompared:
      return "No winner: \(name) is the only network\(alone). It gets \(right.text) right."
    case .best:
      let twins = standings.filter { $0 != best && isSameNetwork($0, best) }
      let also =
        twins.isEmpty
        ? ""
        : " (the same network as " + twins.map { title($0.candidate) }.joined(separator: "; ") + ")"
      return "The best is \(name)\(also), which gets \(right.text) right, significantly more than "
        + "each other network\(fully) (95 % confidence)."
    }
  }

  /// What reduces the larger part of the margin between the two highest.
  private var remedy: String {
    guard let margin = highestMargin(tail: 0.025), let seeds = margin.seeds else {
      return "with more photos or seeds (\(Self.moreSeeds))"
    }
    return margin.photos >= seeds
      ? "with more photos" : "with more seeds (\(Self.moreSeeds))"
  }

  /// The margin of the difference of the two highest networks that did not diverge; nil for fewer.
  ///
  /// - Parameter tail: The probability of a larger error, on one side.
  func highestMargin(tail: Double) -> Margin? {
    let networks = standings.filter { $0.mean != nil }.prefix(2)
    return networks.count < 2 ? nil : margin(networks[0], networks[1], tail: tail)
  }

  /// A sentence on the parts of the margin, and on the photos and seeds that a smaller difference
  /// needs; nil if the order of the networks means nothing, or if there is only one.
  ///
  /// - Parameter tail: The error probability of the margins beside it, on one side.
  func marginRemark(tail: Double) -> String? {
    verdict == .nearChance ? nil : highestMargin(tail: tail)?.words()
  }

  /// The words after "network" or "networks" if others were left out; empty otherwise.
  private var fully: String { leftOut.isEmpty ? "" : " trained in full" }

  /// The words after "the only network" if no other is compared with it.
  var alone: String {
    if !leftOut.isEmpty { return " that was trained in full" }
    if standings.count < 2 { return "" }
    return standings.contains { $0.mean == nil }
      ? " that did not diverge" : ": rounding makes all the same"
  }

  /// A sentence about the networks that shorter rounds left out; nil if there are none.
  var leftOutRemark: String? {
    guard !leftOut.isEmpty else { return nil }
    let rounds = Set(leftOut.compactMap(\.leftOutAfter)).sorted()
    let after = rounds.map { epochs in
      "\(leftOut.count { $0.leftOutAfter == epochs }) after "
        + epochs.counted("epoch", "epochs")
    }
    let count = leftOut.count(where: \.isTied)
    return
      "Of \(leftOut.count + standings.count) networks, the shorter rounds left out "
      + "\(after.joined(separator: ", "))."
      + (verdict == .nearChance
        ? ""
        : count == 0
          ? " The best of its round was significantly better than each (95 % confidence)."
          : " Differences there are not significant for \(count) of \(leftOut.count) "
            + "(95 % confidence), so another network may be as good. To compare them, train all in "
            + "full (without --halve), or with more seeds (\(Self.moreSeeds)) or photos.")
  }

  /// A sentence about the networks that are not clearly better than guessing; nil if there are
  /// none, or if ``verdict`` says it of all.
  var nearChanceRemark: String? {
    let count = standings.count(where: isNearChance)
    guard count > 0, let verdict, verdict != .nearChance else { return nil }
    return chance.remark(on: count, of: standings.count) + " Train longer (--epochs)."
  }

  /// A sentence about the error bars of the charts.
  var barsRemark: String {
    deviation == nil
      ? "There are no error bars, since each network was trained once; "
        + "\(Self.moreSeeds) adds trainings."
      : "Bars show the standard error over the seeds."
  }

  /// A difference of two networks as a verb.
  static func verdict(_ difference: (mean: Double, margin: Double)) -> String {
    abs(difference.mean) <= difference.margin
      ? "does not differ significantly from" : difference.mean > 0 ? "beats" : "loses to"
  }

  /// A difference in points, such as "+1.2 ± 0.8".
  static func words(_ difference: (mean: Double, margin: Double)) -> String {
    let (mean, margin) = (100 * difference.mean, 100 * difference.margin)
    return "\(mean < 0 ? "−" : "+")\(abs(mean).fixed(1)) ± \(margin.fixed(1))"
  }
}

internal import EfficientNetReports

extension PairedTest {
  /// Counts the photos on which the trainings of two networks differ.
  init?(_ first: [RightPhotos], _ second: [RightPhotos]) {
    self.init(first.map(\.bits), second.map(\.bits))
  }
}

extension Ranking {
  /// Compares two networks photo by photo; nil if their photos are not known, or if rounding made
  /// them the same network.
  private func pairedTest(_ first: Standing, _ second: Standing) -> PairedTest? {
    guard let a = first.rightPhotos, let b = second.rightPhotos, !isSameNetwork(first, second)
    else { return nil }
    return PairedTest(a, b)
  }

  /// The p of the two highest networks photo by photo; nil if their photos are not known, if they
  /// are the same network, or if there is only one.
  package var highestProbability: Double? {
    let networks = standings.filter { $0.mean != nil }.prefix(2)
    return networks.count < 2 ? nil : pairedTest(networks[0], networks[1])?.probability
  }

  /// A sentence on two networks photo by photo; nil if their photos are not known, or if rounding
  /// made them the same network.
  ///
  /// - Parameter title: Returns the name of a candidate in words.
  func paired(
    _ first: Standing, _ second: Standing, _ title: (Candidate) -> String
  ) -> String? {
    guard let test = pairedTest(first, second) else { return nil }
    let (one, other) = (title(first.candidate), title(second.candidate))
    let isSeveral = max(first.top1.count, second.top1.count) > 1
    let counts =
      isSeveral
      ? "\(one) is right with more of its seeds on \(test.first.counted("photo", "photos")), "
        + "\(other) on \(test.second.grouped); by the sign test p is "
      : "\(one) alone gets \(test.first.grouped) right, \(other) alone "
        + "\(test.second.grouped); by McNemar's exact test p is "
    return "On the same photos, " + counts
      + test.probabilityText + " for these trainings, which does not cover other seeds."
      + (test.probability < 0.05 && isWithinMargin(first, second)
        ? " The margin covers them, so choose by the margin." : "")
  }

  /// Whether two networks do not differ significantly by a margin that covers other seeds.
  private func isWithinMargin(_ first: Standing, _ second: Standing) -> Bool {
    guard deviation != nil,
      let difference = difference(first, second, tail: Self.tailOfBest(among: standings))
    else { return false }
    return abs(difference.mean) <= difference.margin
  }

  /// The sentence on the two highest networks photo by photo; nil if the order of the networks
  /// means nothing, or if there is only one.
  func pairedRemark(_ title: (Candidate) -> String) -> String? {
    let networks = standings.filter { $0.mean != nil }.prefix(2)
    guard verdict != .nearChance, networks.count == 2,
      let sentence = paired(networks[0], networks[1], title)
    else { return nil }
    return sentence
      + (networksTried > 2
        ? " The two are the highest of \(networksTried) networks, so p is too small." : "")
  }
}

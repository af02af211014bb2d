internal import EfficientNetReports

/// A comparison of two networks on the same photos: McNemar's exact test, and with several seeds
/// the sign test of the shares of seeds that get each photo right, without equal shares.
///
/// It concerns the trained networks; another seed gives other ones. A photo counts once for any
/// number of seeds, since the seeds' predictions for it depend on each other.
///
/// Source: McNemar 1947, Note on the sampling error of the difference between correlated
/// proportions or percentages, Psychometrika 12.
struct PairedTest: Hashable {
  /// The photos that a larger share of the first or of the second network's trainings gets right.
  let first, second: Int

  /// Counts the photos on which two networks differ; nil for different numbers of photos, or
  /// without trainings.
  ///
  /// - Parameters:
  ///   - first: The right photos of each training of the first network.
  ///   - second: Those of the second network, perhaps with another number of trainings.
  init?(_ first: [RightPhotos], _ second: [RightPhotos]) {
    guard let count = first.first?.bits.count, !second.isEmpty,
      (first + second).allSatisfy({ $0.bits.count == count })
    else { return nil }
    // Shares with a common denominator.
    let differences = (0..<count).map { photo in
      first.count { $0.bits[photo] } * second.count - second.count { $0.bits[photo] } * first.count
    }
    self.first = differences.count { $0 > 0 }
    self.second = differences.count { $0 < 0 }
  }

  /// The probability of a difference at least as large if both networks are equally accurate:
  /// two-sided, by the binomial distribution with a share of one half.
  var probability: Double {
    guard first != second else { return 1 }
    return min(1, 2 * Chance(share: 0.5, photos: first + second).tail(max(first, second)))
  }
}

extension Ranking {
  /// A sentence on two networks photo by photo; nil if their photos are not known, or if rounding
  /// made them the same network.
  ///
  /// - Parameter title: Returns the name of a candidate in words.
  func paired(
    _ first: Standing, _ second: Standing, _ title: (Candidate) -> String
  ) -> String? {
    guard let a = first.rightPhotos, let b = second.rightPhotos, let test = PairedTest(a, b),
      !isSameNetwork(first, second)
    else { return nil }
    let probability = test.probability
    let (one, other) = (title(first.candidate), title(second.candidate))
    let isSeveral = max(a.count, b.count) > 1
    let counts =
      isSeveral
      ? "\(one) is right with more of its seeds on \(test.first.counted("photo", "photos")), "
        + "\(other) on \(test.second.grouped); by the sign test p is "
      : "\(one) alone gets \(test.first.grouped) right, \(other) alone "
        + "\(test.second.grouped); by McNemar's exact test p is "
    return "On the same photos, " + counts
      + (probability < 0.001 ? "below 0.001" : probability.fixed(3))
      + " for these trainings, which does not cover other seeds."
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

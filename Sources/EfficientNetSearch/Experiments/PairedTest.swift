internal import EfficientNetReports

/// A comparison of two networks on the same photos: McNemar's exact test.
///
/// It concerns the trained networks; another seed gives other ones.
///
/// Source: McNemar 1947, Note on the sampling error of the difference between correlated
/// proportions or percentages, Psychometrika 12.
struct PairedTest: Hashable {
  /// The photos that only the first or only the second network gets right.
  let first, second: Int

  /// Counts the photos on which two networks differ; nil for different numbers of photos.
  init?(_ first: RightPhotos, _ second: RightPhotos) {
    guard first.bits.count == second.bits.count else { return nil }
    let pairs = zip(first.bits, second.bits)
    self.first = pairs.count { $0 && !$1 }
    self.second = pairs.count { !$0 && $1 }
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
    let isSeveral = first.top1.count > 1
    return "On the same photos, \(title(first.candidate)) alone gets \(test.first.grouped) right, "
      + "\(title(second.candidate)) alone \(test.second.grouped); by McNemar's exact test p is "
      + (probability < 0.001 ? "below 0.001" : probability.fixed(3))
      + " for these trainings, which does not cover other seeds"
      + (isSeveral ? ". A photo counts as right if most seeds get it right." : ".")
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

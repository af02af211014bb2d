internal import EfficientNetSystem

/// A comparison of two networks on the same photos: McNemar's exact test. With several trainings, a
/// photo counts for the network with the larger share of right trainings; ties are left out.
///
/// It concerns the trained networks; another seed gives other ones. A photo counts once for any
/// number of trainings, since their predictions for it depend on each other.
///
/// Source: McNemar 1947, Note on the sampling error of the difference between correlated
/// proportions or percentages, Psychometrika 12.
package struct PairedTest: Hashable, Sendable {
  /// The photos that a larger share of the first or of the second network's trainings gets right.
  package let first, second: Int

  /// Counts the photos on which two networks differ; nil for different numbers of photos, or
  /// without trainings.
  ///
  /// - Parameters:
  ///   - first: Whether each training of the first network gets each photo right.
  ///   - second: The same of the second network, perhaps with another number of trainings.
  package init?(_ first: [[Bool]], _ second: [[Bool]]) {
    guard let count = first.first?.count, !second.isEmpty,
      (first + second).allSatisfy({ $0.count == count })
    else { return nil }
    // Shares with a common denominator.
    let differences = (0..<count).map { photo in
      first.count { $0[photo] } * second.count - second.count { $0[photo] } * first.count
    }
    self.first = differences.count { $0 > 0 }
    self.second = differences.count { $0 < 0 }
  }

  /// The probability of a difference at least as large if both networks are equally accurate:
  /// two-sided, by the binomial distribution with a share of one half.
  package var probability: Double {
    guard first != second else { return 1 }
    return min(1, 2 * binomialTail(max(first, second), of: first + second, share: 0.5))
  }

  /// The probability as text: "0.017" or "below 0.001".
  package var probabilityText: String {
    probability < 0.001 ? "below 0.001" : probability.fixed(3)
  }
}

/// The probability of at least this many successes: the tail of the binomial distribution.
///
/// - Precondition: The count is above the mean, `share` of `total`, where the first term is the
///   largest. For a lower count it may underflow.
package func binomialTail(_ count: Int, of total: Int, share: Double) -> Double {
  precondition(
    Double(count) > share * Double(total) && count <= total,
    "\(count) of \(total), share \(share)")
  // The first probability is a sum of logarithms, since its factors overflow. Each following one is
  // the previous one times the ratio of the two.
  let first = (0..<count).reduce(Double(total - count) * log(1 - share)) {
    $0 + log(share * Double(total - $1) / Double($1 + 1))
  }
  var (probability, sum) = (exp(first), 0.0)
  for count in count...total {
    sum += probability
    probability *= share / (1 - share) * Double(total - count) / Double(count + 1)
  }
  return sum
}

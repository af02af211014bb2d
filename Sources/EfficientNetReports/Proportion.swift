/// A number of successes among trials, such as 11 right photos of 12, with the uncertainty that comes
/// from the number of trials.
package struct Proportion: Hashable, Sendable {
  /// The number of successes; a mean over several trainings may have a fraction.
  package let successes: Double
  package let total: Int

  /// - Precondition: `0 <= count <= total`.
  package init(_ count: Int, of total: Int) {
    precondition(0...total ~= count, "\(count) of \(total)")
    (successes, self.total) = (Double(count), total)
  }

  /// Creates the mean of several proportions of the same total, such as 11.5 of 100.
  ///
  /// - Precondition: `mean` is 0 to 1.
  package init(mean: Double, of total: Int) {
    precondition(0...1 ~= mean, "\(mean) of \(total)")
    let count = mean * Double(total)
    // Shares are rounded, and a whole count is shown without a fraction.
    let isWhole = abs(count - count.rounded()) < 1e-6
    (successes, self.total) = (isWhole ? count.rounded() : count, total)
  }

  /// Creates the proportion with the count nearest to a share.
  ///
  /// - Precondition: `share` is 0 to 1.
  package init(share: Double, of total: Int) {
    self.init(Int((share * Double(total)).rounded()), of: total)
  }

  package var count: Int { Int(successes.rounded()) }

  /// The share, from 0 to 1; 0 without trials.
  package var share: Double { successes / Double(max(total, 1)) }

  /// The 95 % confidence interval of the share, by Wilson's score; 0 to 1 without trials.
  ///
  /// Source: Wilson 1927, Probable inference, the law of succession, and statistical inference,
  /// Journal of the American Statistical Association 22, 209–212.
  package var interval: ClosedRange<Double> {
    guard total > 0 else { return 0...1 }
    let (n, z) = (Double(total), 1.959963984540054)
    let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    // Rounding may not exclude the share itself.
    return max(0, min(share, middle - half))...min(1, max(share, middle + half))
  }

  /// The two ends of the interval, for JSON.
  package var ends: [Double] { [interval.lowerBound, interval.upperBound] }

  /// The interval as text, such as "64.6–98.5 %"; without digits after the point below 100 trials,
  /// such as "65–99 %".
  package var intervalText: String {
    let digits = total < 100 ? 0 : 1
    let (lower, upper) = (100 * interval.lowerBound, 100 * interval.upperBound)
    return "\(lower.fixed(digits))–\(upper.fixed(digits)) %"
  }

  /// The count and the total, such as "11 of 12", or "11.5 of 12" for a mean.
  package var ofTotal: String {
    "\(successes.fixed(successes == successes.rounded() ? 0 : 1)) of \(total.grouped)"
  }

  /// The proportion without its interval, such as "11 of 12 (91.7 %)".
  package var shortText: String {
    total == 0 ? "0 of 0" : "\(ofTotal) (\((100 * share).fixed(1)) %)"
  }

  /// The proportion with its interval, such as "11 of 12 (91.7 %, 95 % interval 65–99 %)".
  package var text: String {
    total == 0 ? shortText : "\(shortText.dropLast()), 95 % interval \(intervalText))"
  }
}

internal import EfficientNetReports
package import EfficientNetTraining

/// The accuracy of guessing, which a network must exceed to have learned something.
///
///     let chance = Chance(data.validation)
///     chance.isExceeded(by: 0.30, bestOf: 8)
package struct Chance: Hashable, Sendable {
  /// The share of the most frequent class among the validation photos, from 0 to 1.
  package let share: Double
  /// The number of validation photos.
  package let photos: Int

  package init(share: Double, photos: Int) { (self.share, self.photos) = (share, photos) }

  package init(_ validation: Dataset) {
    photos = validation.samples.count
    share = Double(validation.photosPerClass.max() ?? 0) / Double(max(1, photos))
  }

  /// Returns whether the best of some networks is better than guessing, with 95 % confidence.
  ///
  /// The test is the exact binomial one: for one network, it asks whether the interval of Clopper
  /// and Pearson lies above ``share``. The best of many is partly lucky, so Bonferroni's bound raises
  /// the confidence of each network.
  ///
  /// - Parameters:
  ///   - top1: The accuracy of the best network, from 0 to 1.
  ///   - networks: The number of networks.
  package func isExceeded(by top1: Double, bestOf networks: Int = 1) -> Bool {
    // A mean of several trainings may lie between two counts; the lower one is the safe one.
    let right = Int((top1 * Double(photos) + 1e-6).rounded(.down))
    guard Double(right) > share * Double(photos) else { return false }
    return tail(right) <= 0.025 / Double(max(1, networks))
  }

  /// A sentence on the networks that are not clearly better than guessing, such as "1 of 9 networks
  /// is not clearly better than guessing (10.0 %): its rank means nothing."
  func remark(on count: Int, of total: Int) -> String {
    count.counted(of: total, "network", "networks")
      + " not clearly better than guessing (\(share.percent())): "
      + (count == 1 ? "its rank means nothing." : "their order means nothing.")
  }

  /// The probability that guessing gets at least this many photos right; see
  /// `binomialTail(_:of:share:)`.
  func tail(_ right: Int) -> Double { binomialTail(right, of: photos, share: share) }
}

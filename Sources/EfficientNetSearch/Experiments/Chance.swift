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
  /// The best of many is partly lucky, so the confidence of each network is raised by Bonferroni's
  /// bound. For one network the answer is whether Wilson's interval lies above ``share``.
  ///
  /// - Parameters:
  ///   - top1: The accuracy of the best network, from 0 to 1.
  ///   - networks: The number of networks.
  package func isExceeded(by top1: Double, bestOf networks: Int = 1) -> Bool {
    let quantile = studentQuantile(freedom: 2000, above: 0.025 / Double(max(1, networks)))
    return top1 - share > quantile * (share * (1 - share) / Double(max(1, photos))).squareRoot()
  }
}

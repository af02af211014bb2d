package import EfficientNetReports

/// The counts behind the shares, for text and pages that say how certain they are.
extension Evaluation {
  /// The photos whose best class is right.
  package var topOne: Proportion { Proportion(hits, of: images) }

  /// The photos whose class is among the five best; nil with five classes or fewer, where it always
  /// is.
  package var topFive: Proportion? { classes.count > 5 ? amongFive : nil }

  var amongFive: Proportion { Proportion(hitsAmongFive, of: images) }

  /// The number of photos with a wrong prediction.
  package var mistakes: Int { images - hits }

  /// The fewest photos for a statement about calibration.
  package static let fewestToCalibrate = 100

  /// The fewest validation photos that can choose among epochs, or show a trend of their loss, with
  /// little influence of chance: the 95 % interval of a share is at most 9 points wide.
  package static let fewestToChoose = 500

  /// The calibration error; nil with fewer than ``fewestToCalibrate`` photos, where chance dominates
  /// it.
  package var calibrationError: Double? {
    images < Self.fewestToCalibrate ? nil : calibration.error
  }

  /// The photos of the most frequent class: a network that always predicts it has this top-1.
  package var mostFrequentClass: Proportion {
    Proportion(perClass.map(\.count).max() ?? 0, of: images)
  }

  /// Whether the network is not clearly better than guessing: the 95 % interval of its top-1
  /// includes the share of the most frequent class.
  package var isNearChance: Bool { topOne.isNearChance(guessing: mostFrequentClass.share) }
}

extension Proportion {
  /// Returns whether these right photos are not clearly more than guessing gets: the interval
  /// includes the share of the most frequent class.
  ///
  /// - Parameter share: The share of the most frequent class. If it is 1, no guess is wrong.
  package func isNearChance(guessing share: Double) -> Bool {
    total > 0 && share < 1 && interval.lowerBound <= share
  }
}

extension ClassScore {
  /// The photos of the class that were classified as the class.
  package var recalled: Proportion { Proportion(hits, of: count) }

  /// The photos classified as the class that are of the class.
  package var precise: Proportion { Proportion(hits, of: predictions) }
}

extension EpochRecord {
  /// The validation photos whose best class is right; nil without validation photos, or if the
  /// record does not have their number.
  package var validated: Proportion? {
    guard let images = validationImages, images > 0 else { return nil }
    return Proportion(share: validationTop1, of: images)
  }
}

extension TrainingResult {
  /// The validation photos that the network of the best epoch classifies correctly; nil as
  /// ``EpochRecord/validated``.
  package var bestTop1: Proportion? { records.first { $0.epoch == best?.epoch }?.validated }
}

extension FaithfulnessScore {
  /// The fewest photos for a verdict and for shares in percent.
  package static let fewestPhotos = 30

  /// Whether the areas of the method's maps are better than those of the other maps.
  private enum Outcome: String {
    case better = "better than"
    case worse = "worse than"
    case equal = "not significantly different from"
  }

  /// Compares a method with the other maps: a sentence for each, such as "on 500 photos, cam is better
  /// than center in deletion and insertion". With too few photos, a single sentence says so.
  ///
  /// A difference is significant if its 95 % interval, over the photos, excludes 0.
  ///
  /// - Parameter scores: The score of the method, then those of the other maps.
  package static func verdict(_ scores: [FaithfulnessScore], photos: Int) -> [String] {
    guard let method = scores.first else { return [] }
    guard photos >= fewestPhotos else {
      let subject = photos == 1 ? "1 photo is" : "\(photos) photos are"
      return ["\(subject) too few to say which map is better; use \(fewestPhotos) or more"]
    }
    return scores.dropFirst().compactMap { other in
      guard let (deletion, insertion) = other.outcomes else { return nil }
      let words =
        deletion == insertion
        ? "\(deletion.rawValue) \(other.name) in deletion and insertion"
        : "\(deletion.rawValue) \(other.name) in deletion and \(insertion.rawValue) it in insertion"
      let remark =
        switch (deletion, insertion) {
        case _ where other.name != centerName: ""
        case (.better, _), (_, .better): ""
        case (.equal, .equal):
          ": whether it tells more than a fixed map of the middle cannot be told; use more photos"
        case (.worse, _), (_, .worse):
          ": here it tells no more than a fixed map of the middle; try another --method"
        }
      return "on \(photos) photos, \(method.name) is \(words)\(remark)"
    }
  }

  /// The name of the map of the middle of the photo.
  package static let centerName = "center"

  /// The outcomes for the method; nil for the score of the method itself.
  private var outcomes: (deletion: Outcome, insertion: Outcome)? {
    guard let deletionDifference, let insertionDifference else { return nil }
    func outcome(_ gain: Double, _ error: Double?) -> Outcome {
      guard abs(gain) > 1.96 * (error ?? .infinity) else { return .equal }
      return gain > 0 ? .better : .worse
    }
    return (
      outcome(-deletionDifference.mean, deletionDifference.error),
      outcome(insertionDifference.mean, insertionDifference.error)
    )
  }
}

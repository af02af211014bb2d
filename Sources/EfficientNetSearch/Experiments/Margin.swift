internal import EfficientNetReports
internal import EfficientNetSystem

/// The margin of a difference of two accuracies, and the part of it that has each cause. All are
/// fractions of 1. The squares of the parts add up to the square of the whole.
struct Margin {
  /// The margin that follows from the number of validation photos alone.
  let photos: Double
  /// The margin that follows from the number of seeds alone; nil for one seed, which does not show
  /// how much an accuracy varies.
  let seeds: Double?
  /// The number of validation photos.
  let photoCount: Int
  /// The number of seeds of each network.
  let seedCount: Int

  var whole: Double { (photos * photos + (seeds ?? 0) * (seeds ?? 0)).squareRoot() }

  /// What a difference needs to exceed its margin.
  struct Need: Hashable {
    let photos, seeds: Int
  }

  /// Returns roughly how many validation photos and seeds a smaller margin needs: more of one of
  /// them if that suffices, otherwise more of both.
  ///
  /// A part shrinks with the square root of its number.
  ///
  /// - Parameter goal: The margin to reach, from above 0 to half of ``whole``, so that the larger
  ///   part exceeds it.
  func need(for goal: Double) -> Need {
    precondition(goal > 0 && goal <= whole / 2, "a margin of \(goal) instead of \(whole)")
    let (p, s, most) = (photos * photos, (seeds ?? 0) * (seeds ?? 0), goal * goal)
    func needed(_ count: Int, _ part: Double, for rest: Double) -> Int {
      Int((Double(count) * part / rest).rounded(.up))
    }
    // More of one suffices if the other part leaves at least half.
    let (isPhotoPartSmall, isSeedPartSmall) = (p <= most / 2, s <= most / 2)
    return Need(
      photos: isPhotoPartSmall
        ? photoCount : needed(photoCount, p, for: isSeedPartSmall ? most - s : most / 2),
      seeds: isSeedPartSmall
        ? seedCount : needed(seedCount, s, for: isPhotoPartSmall ? most - p : most / 2))
  }

  /// The largest round number of points that is at most half of the margin, as a fraction of 1.
  private var roundGoal: Double {
    [0.1, 0.05, 0.02, 0.01, 0.005, 0.002].first { $0 <= whole / 2 } ?? 0.001
  }

  /// The parts, and what a smaller difference needs, for instance "The margin between the two
  /// highest is ±7.3 points: 400 validation photos alone give ±6.6, 3 seeds alone ±3.1. A
  /// difference of 2 points needs about 8,700 validation photos and 15 seeds (--resume with a
  /// larger --seeds)."
  ///
  /// - Parameters:
  ///   - difference: The difference that the margin is of.
  ///   - moreSeeds: How to add seeds.
  func words(
    of difference: String = "between the two highest", moreSeeds: String = Ranking.moreSeeds
  ) -> String {
    func points(_ share: Double) -> String { "±\((100 * share).fixed(1))" }
    let photoWords = photoCount.counted("validation photo", "validation photos")
    let parts =
      seeds.map {
        "\(photoWords) alone give \(points(photos)), \(seedCount.counted("seed", "seeds")) alone "
          + points($0)
      } ?? "\(photoWords) give it, without the differences from seed to seed"
    let margin = "The margin \(difference) is \(points(whole)) points: \(parts)."
    guard roundGoal <= whole / 2 else { return margin }
    let need = need(for: roundGoal)
    var needs: [String] = []
    if need.photos > photoCount {
      needs.append("\(Double(need.photos).significant(2)) validation photos")
    }
    if need.seeds > seedCount {
      needs.append("\(need.seeds) seeds (\(moreSeeds))")
    }
    let rest =
      need.photos == photoCount
      ? "; more photos do not suffice"
      : need.seeds == seedCount && seeds != nil ? "; more seeds do not suffice" : ""
    return "\(margin) A difference of \((100 * roundGoal).significant(2)) points needs about "
      + "\(needs.joined(separator: " and "))\(rest)."
  }
}

extension Ranking {
  /// Returns the widest 95 % margin of the difference of two accuracies that follows from the number
  /// of validation photos alone, as a fraction of 1: that of accuracies of one half.
  package static func widestMargin(photos: Int) -> Double {
    min(1, 1.96 * (0.5 / Double(max(1, photos))).squareRoot())
  }
}

public import EfficientNetCompute

/// What random numbers are for. Each purpose has streams of its own, so that using more of one changes nothing of
/// another, and a result can be had again without what came before it.
public enum RandomPurpose: UInt64, Sendable {
  /// The order of an epoch's photos, by (epoch).
  case order = 1
  /// The augmentation of one photo, by (epoch, index of the sample).
  case augmentation
  /// Mixing the photos of a batch, by (epoch, number of the batch).
  case mixing
  /// Which photos validate.
  case split
  /// Which photos a limit keeps.
  case limit
}

extension SeededGenerator {
  /// The generator of one purpose of a run.
  ///
  ///     SeededGenerator(seed: 1, for: .augmentation, epoch, sample)
  ///
  /// - Parameter numbers: Which stream, for instance epoch and sample.
  public init(seed: UInt64, for purpose: RandomPurpose, _ numbers: Int...) {
    var hash = StableHash(seed: seed)
    hash.combine(purpose.rawValue)
    for number in numbers { hash.combine(UInt64(bitPattern: Int64(number))) }
    self.init(seed: hash.value)
  }
}

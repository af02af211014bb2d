public import EfficientNetCompute

/// A use of random numbers in a run. Each use has independent streams, so changing one use does not
/// change another, and a result can be reproduced without the ones before it.
public enum RandomPurpose: UInt64, Sendable {
  /// The order of an epoch's photos; the stream is (epoch).
  case order = 1
  /// The augmentation of one photo; the stream is (epoch, index of the sample).
  case augmentation
  /// The mixing of a batch's photos; the stream is (epoch, number of the batch).
  case mixing
  /// The choice of validation photos.
  case split
  /// The choice of photos under a limit.
  case limit
}

extension SeededGenerator {
  /// Creates the generator of one stream of a run.
  ///
  ///     SeededGenerator(seed: 1, for: .augmentation, epoch, sample)
  ///
  /// - Parameter numbers: The stream, for example the epoch and the sample.
  public init(seed: UInt64, for purpose: RandomPurpose, _ numbers: Int...) {
    var hash = StableHash(seed: seed)
    hash.combine(purpose.rawValue)
    for number in numbers { hash.combine(UInt64(bitPattern: Int64(number))) }
    self.init(seed: hash.value)
  }
}

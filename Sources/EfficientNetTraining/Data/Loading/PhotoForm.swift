public import EfficientNet
public import EfficientNetCompute

/// The deterministic first part of the preprocessing, the same in every epoch, which a
/// ``PhotoCache`` can keep.
public enum PhotoForm: Hashable, Sendable {
  /// The whole photo with a shorter side of at most `side` pixels, for augmentation.
  case shrunk(side: Int)
  /// The centre crop that the network sees in use.
  case picture(Preprocessing)

  /// Returns the photo in this form.
  ///
  /// - Precondition: The side is at least 1.
  public func applied(to photo: PixelBuffer) -> PixelBuffer {
    switch self {
    case .shrunk(let side): photo.shrunk(to: side)
    case .picture(let preprocessing): preprocessing.picture(photo)
    }
  }

  /// A number that differs for forms with different pixels.
  var key: UInt64 {
    switch self {
    case .shrunk(let side): return UInt64(side)
    case .picture(let preprocessing):
      // The mean and the deviation do not change the picture's pixels.
      var hash = StableHash()
      hash.combine(UInt64(preprocessing.resize))
      hash.combine(UInt64(preprocessing.crop))
      hash.combine(preprocessing.interpolation.rawValue)
      hash.combine(preprocessing.squash ? 1 : 0)
      return hash.value
    }
  }
}

extension PixelBuffer {
  /// The picture shrunk to a shorter side of `side` pixels, bicubic, in proportion and rounded;
  /// unchanged if it is smaller.
  func shrunk(to side: Int) -> PixelBuffer {
    precondition(side >= 1, "the side is \(side); it must be at least 1")
    let shorter = min(width, height)
    guard shorter > side else { return self }
    func scaled(_ length: Int) -> Int { max(1, (2 * length * side + shorter) / (2 * shorter)) }
    return resized(width: scaled(width), height: scaled(height), interpolation: .bicubic)
  }
}

extension Augmentation {
  /// Returns the smallest shorter side, in pixels, to which photos can be shrunk so that the
  /// smallest crop still has as many pixels as the network's input.
  public func photoSide(for preprocessing: Preprocessing) -> Int {
    guard let crop else { return preprocessing.resize }
    let narrowest = min(crop.ratio.lowerBound, 1 / crop.ratio.upperBound, 1)
    let share = (crop.area.lowerBound * narrowest).squareRoot()
    return Int(min(Double(preprocessing.crop) / share, 1e6).rounded(.up))
  }
}

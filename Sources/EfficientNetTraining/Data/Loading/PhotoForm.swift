public import EfficientNet
public import EfficientNetCompute

/// What becomes of a photo before anything random: the same in every epoch, so that a ``PhotoCache`` can keep it.
public enum PhotoForm: Hashable, Sendable {
  /// All of it, with a shorter side of at most so many pixels: what augmentation begins with.
  case shrunk(side: Int)
  /// The crop that the network sees in use.
  case picture(Preprocessing)

  /// The photo in this form.
  ///
  /// - Precondition: the side is at least 1.
  public func applied(to photo: PixelBuffer) -> PixelBuffer {
    switch self {
    case .shrunk(let side): photo.shrunk(to: side)
    case .picture(let preprocessing): preprocessing.picture(photo)
    }
  }

  /// A number of its own for every form that makes other pixels.
  var key: UInt64 {
    switch self {
    case .shrunk(let side): return UInt64(side)
    case .picture(let preprocessing):
      // Mean and deviation change no pixel of the picture.
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
  /// The picture with a shorter side of `side` pixels, bicubic, the longer one in proportion, rounded; as it is if it is
  /// no larger.
  func shrunk(to side: Int) -> PixelBuffer {
    precondition(side >= 1, "photos of \(side) pixels")
    let shorter = min(width, height)
    guard shorter > side else { return self }
    func scaled(_ length: Int) -> Int { max(1, (2 * length * side + shorter) / (2 * shorter)) }
    return resized(width: scaled(width), height: scaled(height), interpolation: .bicubic)
  }
}

extension Augmentation {
  /// The shorter side that photos need and no more: a larger photo, shrunk to it, still has as many pixels in the smallest
  /// crop as the network takes.
  public func photoSide(for preprocessing: Preprocessing) -> Int {
    guard let crop else { return preprocessing.resize }
    let narrowest = min(crop.ratio.lowerBound, 1 / crop.ratio.upperBound, 1)
    let share = (crop.area.lowerBound * narrowest).squareRoot()
    return Int(min(Double(preprocessing.crop) / share, 1e6).rounded(.up))
  }
}

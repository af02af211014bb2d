internal import EfficientNetCompute

enum PolicyOperation: String, Hashable, CaseIterable {
  case autocontrast, equalize, invert, rotate, posterize, solarize, solarizeAdd, color, contrast
  case brightness, sharpness, shearX, shearY, translateX, translateY, cutout

  /// The meaning of the levels 0 to 10 where the two publications differ.
  struct Ranges {
    /// The bits that posterizing keeps at level 0; level 10 keeps four more.
    let fewestBits: Int
    /// The largest translation, as a share of the picture's side.
    let translation: Double
    /// The largest reach of a cutout, as a share of the picture's side.
    let cutout: Double

    /// AutoAugment's values: table 6, for pictures of 331 pixels.
    static let autoAugment = Ranges(
      fewestBits: 4, translation: 150.0 / 331, cutout: 60.0 / 331)
    /// The values of the official EfficientNet code, for pictures of 224 pixels.
    static let randAugment = Ranges(
      fewestBits: 0, translation: 100.0 / 224, cutout: 40.0 / 224)
  }

  /// Changes a picture in place, at a level from 0 to 10.
  ///
  /// A higher level is a stronger change, with these exceptions: posterizing keeps more bits;
  /// solarizing inverts fewer values; color, contrast, brightness and sharpness have factors from
  /// 0.1 to 1.9, so level 5 changes nothing. Rotations, shears and translations have a random
  /// direction.
  func apply(
    to picture: inout PixelBuffer, level: Double, ranges: Ranges,
    using generator: inout SeededGenerator
  ) {
    let share = level / 10
    let factor = share * 1.8 + 0.1
    switch self {
    case .autocontrast: picture.autocontrast()
    case .equalize: picture.equalize()
    case .invert: picture.invert()
    case .rotate: picture = picture.rotated(degrees: generator.signed(share * 30))
    case .posterize:
      // Keeping no bits would make the picture black.
      picture.posterize(bits: max(1, ranges.fewestBits + Int(share * 4)))
    case .solarize: picture.solarize(threshold: Int(share * 256))
    case .solarizeAdd: picture.solarize(adding: Int(share * 110))
    case .color: picture.adjustSaturation(factor: factor)
    case .contrast: picture.adjustContrast(factor: factor)
    case .brightness: picture.adjustBrightness(factor: factor)
    case .sharpness: picture.adjustSharpness(factor: factor)
    case .shearX: picture = picture.sheared(x: generator.signed(share * 0.3))
    case .shearY: picture = picture.sheared(y: generator.signed(share * 0.3))
    case .translateX:
      let way = share * ranges.translation * Double(picture.width)
      picture = picture.translated(x: generator.signed(way), y: 0)
    case .translateY:
      let way = share * ranges.translation * Double(picture.height)
      picture = picture.translated(x: 0, y: generator.signed(way))
    case .cutout:
      let side = Double(min(picture.width, picture.height))
      let x = Int.random(in: 0..<picture.width, using: &generator)
      let y = Int.random(in: 0..<picture.height, using: &generator)
      picture.cutOut(x: x, y: y, reach: Int(share * ranges.cutout * side))
    }
  }
}

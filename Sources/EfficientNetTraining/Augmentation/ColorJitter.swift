internal import EfficientNet
internal import EfficientNetCompute

/// Random changes of brightness, contrast, saturation and hue in a random order.
///
///     ColorJitter(brightness: 0.2, contrast: 0.2, saturation: 0.2)
///
/// The operations are those of torchvision's `ColorJitter` on a Pillow picture.
public struct ColorJitter: Hashable, Sendable, Checkable {
  /// The strength s of the brightness: the factor is random in max(0, 1 − s)…1 + s; 0 for no
  /// change.
  public var brightness: Double
  /// The strength of the contrast: the same for the distance of each pixel from the mean gray.
  public var contrast: Double
  /// The strength of the saturation: the same for the distance of each pixel from its own gray.
  public var saturation: Double
  /// The largest rotation of the hue in either direction, as a fraction of a full turn: 0 to 0.5.
  public var hue: Double

  /// Creates a jitter with the given strengths; 0 leaves a step out.
  ///
  /// - Precondition: Strengths are from 0 to 100, and `hue` is from 0 to 0.5.
  public init(
    brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0
  ) {
    (self.brightness, self.contrast) = (brightness, contrast)
    (self.saturation, self.hue) = (saturation, hue)
    check()
  }

  /// The steps, in the order of the fields.
  private enum Step: CaseIterable {
    case brightness, contrast, saturation, hue
  }

  func apply(to picture: inout PixelBuffer, using generator: inout SeededGenerator) {
    check()
    let order = Step.allCases.shuffled(using: &generator)
    func factor(_ strength: Double) -> Double {
      Double.random(in: max(0, 1 - strength)...(1 + strength), using: &generator)
    }
    let factors = (factor(brightness), factor(contrast), factor(saturation))
    let turn = Double.random(in: -hue...hue, using: &generator)
    for step in order {
      switch step {
      case .brightness: if brightness > 0 { picture.adjustBrightness(factor: factors.0) }
      case .contrast: if contrast > 0 { picture.adjustContrast(factor: factors.1) }
      case .saturation: if saturation > 0 { picture.adjustSaturation(factor: factors.2) }
      case .hue: if hue > 0 { picture.adjustHue(turn: turn) }
      }
    }
  }

  var complaint: String? {
    for (name, value) in [
      ("brightness", brightness), ("contrast", contrast), ("saturation", saturation),
    ] where !(0...100 ~= value) {
      return "the jitter's \(name) is \(value); it must be 0 to 100"
    }
    return 0...0.5 ~= hue ? nil : "the jitter's hue is \(hue); it must be 0 to 0.5"
  }
}

extension ColorJitter: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case brightness, contrast, saturation, hue
  }

  /// Decodes the fields; fields left out are 0.
  ///
  /// - Throws: `DecodingError`, also for a field that is unknown or out of range.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self)
    brightness = try fields.decodeIfPresent(Double.self, forKey: .brightness) ?? 0
    contrast = try fields.decodeIfPresent(Double.self, forKey: .contrast) ?? 0
    saturation = try fields.decodeIfPresent(Double.self, forKey: .saturation) ?? 0
    hue = try fields.decodeIfPresent(Double.self, forKey: .hue) ?? 0
    try decoder.refuse(complaint)
  }
}

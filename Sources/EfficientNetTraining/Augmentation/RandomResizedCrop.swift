public import EfficientNet
internal import EfficientNetCompute

/// A random part of a photo, resized to the square input of the network.
///
///     RandomResizedCrop(area: 0.35...1)
///
/// Source: Szegedy et al. 2015, [Going deeper with convolutions](https://arxiv.org/abs/1409.4842),
/// section 6. The rule is that of torchvision's `RandomResizedCrop`.
public struct RandomResizedCrop: Hashable, Sendable, Checkable {
  /// The share of the photo's pixels that is shown, uniform; above 0 and at most 1.
  public var area: ClosedRange<Double>
  /// Width to height of the part, in pixels of the photo, log-uniform: 1/2 is as likely as 2.
  public var ratio: ClosedRange<Double>
  /// The filter of the resize; nil for the filter of the network's preprocessing.
  @NullIfNil public var interpolation: Interpolation?

  /// Creates a crop with the given ranges.
  ///
  /// - Precondition: `area` is above 0 and at most 1; `ratio` is above 0 and finite.
  public init(
    area: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = (3.0 / 4)...(4.0 / 3),
    interpolation: Interpolation? = nil
  ) {
    (self.area, self.ratio, self.interpolation) = (area, ratio, interpolation)
    check()
  }

  /// Returns a random part of a photo.
  ///
  /// If ten random ones do not fit, as in a very long photo, it returns the centre with the nearest
  /// aspect ratio that fits.
  package func rectangle(
    width: Int, height: Int, using generator: inout SeededGenerator
  ) -> PixelRectangle {
    check()
    return generator.rectangle(width: width, height: height, area: area, ratio: ratio)
      ?? middle(width: width, height: height)
  }

  /// The largest centered part that the ratio allows.
  private func middle(width: Int, height: Int) -> PixelRectangle {
    let (across, down) = (Double(width), Double(height))
    var size = (width: width, height: height)
    if across / down < ratio.lowerBound {
      size.height = Int(min(max((across / ratio.lowerBound).rounded(.toNearestOrEven), 1), down))
    } else if across / down > ratio.upperBound {
      size.width = Int(min(max((down * ratio.upperBound).rounded(.toNearestOrEven), 1), across))
    }
    return PixelRectangle(
      left: (width - size.width) / 2, top: (height - size.height) / 2, width: size.width,
      height: size.height)
  }

  var complaint: String? {
    area.complaint(asAreaOf: "a crop's area") ?? ratio.complaint(asRatioOf: "a crop's ratio")
  }
}

extension RandomResizedCrop: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case area, ratio, interpolation
  }

  /// Decodes the fields; fields left out have the defaults of ``init(area:ratio:interpolation:)``.
  ///
  /// - Throws: `DecodingError`, also for a field that is unknown or out of range.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self)
    self.init()
    area = try fields.decodeIfPresent(ClosedRange<Double>.self, forKey: .area) ?? area
    ratio = try fields.decodeIfPresent(ClosedRange<Double>.self, forKey: .ratio) ?? ratio
    interpolation = try fields.decodeNameIfPresent(forKey: .interpolation)
    try decoder.refuse(complaint)
  }
}

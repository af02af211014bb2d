internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetImages
internal import EfficientNetReports

/// Random erasing: paints over a random rectangle of the picture.
///
///     RandomErasing(probability: 0.25, fill: .noise)
///
/// Source: Zhong et al. 2017, [Random erasing](https://arxiv.org/abs/1708.04896), algorithm 1.
public struct RandomErasing: Hashable, Sendable, Checkable {
  /// The content of the erased rectangle.
  public enum Fill: String, Hashable, Codable, Sendable, CaseIterable {
    /// The mean of the preprocessing, rounded: about 0 after normalization.
    case mean
    /// Random bytes.
    case noise
  }

  /// The probability of erasing, 0 to 1.
  public var probability: Double
  /// The share of the pixels that is erased, uniform; above 0 and at most 1.
  public var area: ClosedRange<Double>
  /// Height to width of the rectangle, log-uniform: 1/2 is as likely as 2.
  public var ratio: ClosedRange<Double>
  /// The content of the rectangle.
  public var fill: Fill

  /// Creates a random erasing with the given probability and ranges.
  ///
  /// - Precondition: `probability` is from 0 to 1; `area` is above 0 and at most 1; `ratio` is
  ///   above 0 and finite.
  public init(
    probability: Double = 0.25, area: ClosedRange<Double> = 0.02...(1.0 / 3),
    ratio: ClosedRange<Double> = 0.3...(1 / 0.3), fill: Fill = .mean
  ) {
    (self.probability, self.area, self.ratio, self.fill) = (probability, area, ratio, fill)
    check()
  }

  /// Erases a rectangle in place with the given probability. Changes nothing if ten random
  /// rectangles are not smaller than the picture.
  ///
  /// - Parameter mean: The mean of the preprocessing: three values in 0…255.
  func apply(
    to picture: inout PixelBuffer, mean: [Float], using generator: inout SeededGenerator
  ) {
    check()
    guard generator.happens(probability),
      let rectangle = generator.rectangle(
        width: picture.width, height: picture.height, area: area, ratio: ratio, isUpright: true,
        margin: 1)
    else { return }
    switch fill {
    case .mean:
      let color = mean.map { UInt8(min(max($0.rounded(), 0), 255)) }
      picture.fill(rectangle, red: color[0], green: color[1], blue: color[2])
    case .noise:
      picture.fillWithNoise(rectangle, using: &generator)
    }
  }

  var complaint: String? {
    if !(0...1 ~= probability) {
      return "the probability of erasing is \(probability); it must be 0 to 1"
    }
    return area.complaint(asAreaOf: "the erased area")
      ?? ratio.complaint(asRatioOf: "the erased rectangle's ratio")
  }
}

extension RandomErasing: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case probability, area, ratio, fill
  }

  /// Decodes the fields; fields left out have the defaults of
  /// ``init(probability:area:ratio:fill:)``.
  ///
  /// - Throws: `DecodingError`, also for a field that is unknown or out of range.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self)
    self.init()
    probability = try fields.decodeIfPresent(Double.self, forKey: .probability) ?? probability
    area = try fields.decodeIfPresent(ClosedRange<Double>.self, forKey: .area) ?? area
    ratio = try fields.decodeIfPresent(ClosedRange<Double>.self, forKey: .ratio) ?? ratio
    fill = try fields.decodeNameIfPresent(forKey: .fill) ?? fill
    try decoder.refuse(complaint)
  }
}

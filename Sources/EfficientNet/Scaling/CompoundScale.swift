/// The width, depth and resolution of a network relative to its baseline.
///
///     let b2 = CompoundScale(width: 1.1, depth: 1.2, resolution: 260, dropout: 0.3)
///     try Variant(named: "b0").architecture.scaled(by: b2, name: "b2").stem   // 32
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), equation 3; the
/// rounding follows the released code.
public struct CompoundScale: Hashable, Codable, Sendable {
  /// The factor on the channels of every layer.
  public var width: Double
  /// The factor on the repeats of every stage.
  public var depth: Double
  /// The side of the input image in pixels.
  public var resolution: Int
  /// The share of features that training drops before the classifier.
  public var dropout: Double

  /// Creates a scale.
  ///
  /// - Parameters:
  ///   - width: The factor on the channels of every layer.
  ///   - depth: The factor on the repeats of every stage.
  ///   - resolution: The side of the input image in pixels.
  ///   - dropout: The share of features that training drops before the classifier.
  public init(width: Double, depth: Double, resolution: Int, dropout: Double) {
    (self.width, self.depth, self.resolution, self.dropout) = (width, depth, resolution, dropout)
  }

  /// The upper limit of channels, repeats and pixels. ``Architecture/validate()`` refuses smaller
  /// values, so the limit only prevents overflow.
  static let most = 1e6

  /// Returns a product limited to 0 to `most`; 0 for NaN.
  static func limited(_ product: Double) -> Double { min(most, max(0, product)) }

  /// Returns `channels · width`, rounded to the nearest multiple of `multiple`, at least `multiple`
  /// and never below `minimumShare` of the product. At a width of exactly 1, returns `channels`
  /// unchanged.
  ///
  /// - Parameters:
  ///   - minimumShare: 0.9 for EfficientNet and its relatives, 0 for EfficientNetV2.
  ///   - multiple: 8 for all networks that were released.
  package func channels(_ channels: Int, minimumShare: Double = 0.9, multiple: Int = 8) -> Int {
    guard width != 1 else { return channels }
    let exact = Self.limited(Double(channels) * width)
    let rounded = max(multiple, Int(exact + Double(multiple) / 2) / multiple * multiple)
    return Double(rounded) < minimumShare * exact ? rounded + multiple : rounded
  }

  /// Returns `repeats · depth`, rounded up or by another rule, at least 1.
  package func repeats(_ repeats: Int, rule: FloatingPointRoundingRule = .up) -> Int {
    max(1, Int(Self.limited(Double(repeats) * depth).rounded(rule)))
  }
}

/// Width, depth and resolution of one EfficientNet, relative to its baseline.
///
///     let b2 = CompoundScale(width: 1.1, depth: 1.2, resolution: 260, dropout: 0.3)
///     try Variant(named: "b0").architecture.scaled(by: b2, name: "b2").stem   // 32
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), equation 3; the rounding is
/// that of the released code.
public struct CompoundScale: Hashable, Codable, Sendable {
  /// Factor on the channels of every layer.
  public var width: Double
  /// Factor on the repeats of every stage.
  public var depth: Double
  /// Side of the input image in pixels.
  public var resolution: Int
  /// Share of the features dropped before the classifier in training.
  public var dropout: Double

  /// A scale.
  public init(width: Double, depth: Double, resolution: Int, dropout: Double) {
    (self.width, self.depth, self.resolution, self.dropout) = (width, depth, resolution, dropout)
  }

  /// What channels, repeats and pixels come to at most: ``Architecture/validate()`` refuses less, and nothing overflows.
  static let most = 1e6

  /// A product from 0 to ``most``; 0 for one that is no number.
  static func limited(_ product: Double) -> Double { min(most, max(0, product)) }

  /// `channels · width`, rounded to the nearest multiple of 8, at least 8, and never below
  /// `minimumShare` of the product; at a width of exactly 1, `channels` as they are.
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

  /// `repeats · depth`, rounded up or by another rule, at least 1.
  package func repeats(_ repeats: Int, rule: FloatingPointRoundingRule = .up) -> Int {
    max(1, Int(Self.limited(Double(repeats) * depth).rounded(rule)))
  }
}

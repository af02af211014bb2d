public import EfficientNet
public import EfficientNetCompute

/// The random changes of training photos, so that the network never sees a photo twice in one form.
///
///     let mild = Augmentation(crop: RandomResizedCrop(area: 0.5...1), flip: 0.5)
///     let shown = mild.apply(to: photo, side: 224, fallback: preprocessing, using: &generator)
///
/// The steps run in this order: crop, flip, jitter, policy, erasing, all on 8-bit pixels.
/// ``mixing`` works on whole batches; the caller decides which. The result depends only on the
/// photo and the generator.
public struct Augmentation: Hashable, Sendable, Checkable {
  /// The random part of the photo that is shown; nil for the centre crop of inference.
  @NullIfNil public var crop: RandomResizedCrop?
  /// The probability of a horizontal flip, 0 to 1.
  public var flip: Double
  /// Random changes of color; nil for none.
  @NullIfNil public var jitter: ColorJitter?
  /// AutoAugment or RandAugment; nil for neither.
  @NullIfNil public var policy: Policy?
  /// Painting over a random rectangle; nil for none.
  @NullIfNil public var erasing: RandomErasing?
  /// Mixing the photos of a batch; nil for none.
  @NullIfNil public var mixing: Mixing?

  /// Creates an augmentation from the given steps; the steps left out do not run.
  ///
  /// - Precondition: `flip` is from 0 to 1.
  public init(
    crop: RandomResizedCrop? = nil, flip: Double = 0, jitter: ColorJitter? = nil,
    policy: Policy? = nil, erasing: RandomErasing? = nil, mixing: Mixing? = nil
  ) {
    (self.crop, self.flip, self.jitter) = (crop, flip, jitter)
    (self.policy, self.erasing, self.mixing) = (policy, erasing, mixing)
    check()
  }

  /// For pretrained networks and few photos: crops of 35 to 100 % of the photo, a flip with
  /// probability 0.5, and slight changes of brightness, contrast and saturation.
  public static let finetune = Augmentation(
    crop: RandomResizedCrop(area: 0.35...1), flip: 0.5,
    jitter: ColorJitter(brightness: 0.2, contrast: 0.2, saturation: 0.2))

  /// The paper's augmentation, for random weights: crops of 8 to 100 % of the photo, a flip with
  /// probability 0.5, and AutoAugment.
  ///
  /// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), section 5.2.
  public static let efficientnet = Augmentation(
    crop: RandomResizedCrop(), flip: 0.5, policy: .autoAugment)

  /// Returns the augmented photo: a square of side × side pixels.
  ///
  /// - Parameters:
  ///   - photo: The photo, of any size.
  ///   - side: The side of the result in pixels.
  ///   - fallback: The preprocessing of inference. Its crop is used if ``crop`` is nil, its
  ///     interpolation if the crop names none, and its mean for erasing.
  ///   - generator: The source of randomness.
  /// - Precondition: The side is at least 1; if ``crop`` is nil, it is `fallback.crop`.
  public func apply(
    to photo: PixelBuffer, side: Int, fallback: Preprocessing,
    using generator: inout SeededGenerator
  ) -> PixelBuffer {
    check()
    var picture: PixelBuffer
    if let crop {
      let part = crop.rectangle(width: photo.width, height: photo.height, using: &generator)
      picture = photo.resized(
        part, width: side, height: side,
        interpolation: crop.interpolation ?? fallback.interpolation)
    } else {
      require(
        fallback.crop == side,
        "side is \(side); without a crop, it must be the preprocessing's, \(fallback.crop)")
      picture = fallback.picture(photo)
    }
    if generator.happens(flip) { picture.flipHorizontally() }
    jitter?.apply(to: &picture, using: &generator)
    policy?.apply(to: &picture, using: &generator)
    erasing?.apply(to: &picture, mean: fallback.mean, using: &generator)
    return picture
  }

  /// Checks only the fields of this type; its parts have their own complaints.
  var complaint: String? {
    0...1 ~= flip ? nil : "the probability of a flip is \(flip); it must be 0 to 1"
  }
}

extension Augmentation: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case crop, flip, jitter, policy, erasing, mixing
  }

  /// Decodes the fields; fields left out are steps that do not run.
  ///
  /// - Throws: `DecodingError`, also for a field that is unknown or out of range.
  public init(from decoder: any Decoder) throws {
    try self.init(from: decoder, base: Augmentation())
  }

  /// Decodes the fields; a field left out keeps the value of `base`, and null turns the step off.
  ///
  /// - Throws: `DecodingError`, also for a field that is unknown or out of range.
  init(from decoder: any Decoder, base: Augmentation) throws {
    let fields = try decoder.strictContainer(keyedBy: CodingKeys.self)
    func step<Step: Decodable>(_ key: CodingKeys, _ standard: Step?) throws -> Step? {
      fields.contains(key) ? try fields.decodeIfPresent(Step.self, forKey: key) : standard
    }
    crop = try step(.crop, base.crop)
    flip = try step(.flip, base.flip) ?? 0
    jitter = try step(.jitter, base.jitter)
    policy = try step(.policy, base.policy)
    erasing = try step(.erasing, base.erasing)
    mixing = try step(.mixing, base.mixing)
    try decoder.refuse(complaint)
  }
}

public import EfficientNet
public import EfficientNetCompute

/// What is done to photos in training, so that none is seen twice in the same form.
///
///     let mild = Augmentation(crop: RandomResizedCrop(area: 0.5...1), flip: 0.5)
///     let shown = mild.apply(to: photo, side: 224, fallback: preprocessing, using: &generator)
///
/// The steps are taken in the order of the fields: crop and flip; colours; policy; erasing, all on 8-bit pixels. Which
/// batches ``mixing`` then mixes is up to the caller. What comes out depends on the photo and the generator only.
public struct Augmentation: Hashable, Sendable, Checkable {
  /// The part of the photo that is shown; nil for the middle, as in use.
  @NullIfNil public var crop: RandomResizedCrop?
  /// How often left and right change places, 0 to 1.
  public var flip: Double
  /// Changes of the colours.
  @NullIfNil public var jitter: ColorJitter?
  /// AutoAugment or RandAugment.
  @NullIfNil public var policy: Policy?
  /// A rectangle that is painted over.
  @NullIfNil public var erasing: RandomErasing?
  /// Mixing whole batches.
  @NullIfNil public var mixing: Mixing?

  /// The given steps; what is left out is not done.
  ///
  /// - Precondition: `flip` is 0 to 1.
  public init(
    crop: RandomResizedCrop? = nil, flip: Double = 0, jitter: ColorJitter? = nil,
    policy: Policy? = nil, erasing: RandomErasing? = nil, mixing: Mixing? = nil
  ) {
    (self.crop, self.flip, self.jitter) = (crop, flip, jitter)
    (self.policy, self.erasing, self.mixing) = (policy, erasing, mixing)
    check()
  }

  /// For pretrained networks on few photos: most of the photo, flipped half of the time, slightly other colours.
  public static let finetune = Augmentation(
    crop: RandomResizedCrop(area: 0.35...1), flip: 0.5,
    jitter: ColorJitter(brightness: 0.2, contrast: 0.2, saturation: 0.2))

  /// The paper's, for networks without weights: any part of the photo, flipped half of the time, AutoAugment.
  ///
  /// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), section 5.2.
  public static let efficientnet = Augmentation(
    crop: RandomResizedCrop(), flip: 0.5, policy: .autoAugment)

  /// The square picture that the network is shown: side × side pixels.
  ///
  /// - Parameter fallback: What the network sees in use: its crop where ``crop`` is nil, its interpolation where that
  ///   names none, its mean for erasing.
  /// - Precondition: the side is at least 1, and `fallback.crop` where ``crop`` is nil.
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
      precondition(
        fallback.crop == side, "the preprocessing makes \(fallback.crop) pixels, not \(side)")
      picture = fallback.picture(photo)
    }
    if generator.happens(flip) { picture.flipHorizontally() }
    jitter?.apply(to: &picture, using: &generator)
    policy?.apply(to: &picture, using: &generator)
    erasing?.apply(to: &picture, mean: fallback.mean, using: &generator)
    return picture
  }

  /// What is wrong with the fields that are no parts of their own, or nothing.
  var complaint: String? {
    0...1 ~= flip ? nil : "the probability of a flip is \(flip); it may be 0 to 1"
  }
}

extension Augmentation: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case crop, flip, jitter, policy, erasing, mixing
  }

  /// Reads the fields; what is left out is not done.
  ///
  /// - Throws: `DecodingError`, also for a field that is unknown or out of range.
  public init(from decoder: any Decoder) throws {
    try self.init(from: decoder, base: Augmentation())
  }

  /// Reads the fields; what is left out is as in `base`, what is null is not done.
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

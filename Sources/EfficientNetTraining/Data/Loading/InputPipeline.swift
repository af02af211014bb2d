public import EfficientNet

/// Pixels → what the network takes, with or without augmentation.
///
///     let training = InputPipeline(preprocessing: p, augmentation: a, resolution: 160)
///     let validation = InputPipeline(preprocessing: p, resolution: 160)
///
/// What comes of a photo depends on the photo and on (seed, epoch, sample) only. The way has two parts: ``form``, which may
/// be kept, and what follows it.
public struct InputPipeline: Sendable {
  /// Resize, crop and normalisation; of an augmented photo the normalisation, and whatever the augmentation leaves to
  /// it. Its crop is ``resolution``.
  public let preprocessing: Preprocessing
  /// What is done to photos in training; nil to look at them as in use.
  public let augmentation: Augmentation?
  /// What is done first, the same in every epoch.
  public let form: PhotoForm

  /// The side of the network's input in pixels.
  public var resolution: Int { preprocessing.crop }

  /// The steps for a network of the given resolution.
  ///
  /// - Parameters:
  ///   - preprocessing: If its crop is another one, all of it is scaled: see ``Preprocessing/at(resolution:)``.
  ///   - photoSide: What the shorter side of photos is shrunk to before augmentation; nil to keep all pixels.
  /// - Precondition: the resolution is at least 1.
  public init(
    preprocessing: Preprocessing, augmentation: Augmentation? = nil, resolution: Int,
    photoSide: Int? = nil
  ) {
    let preprocessing = preprocessing.at(resolution: resolution)
    (self.preprocessing, self.augmentation) = (preprocessing, augmentation)
    form = augmentation == nil ? .picture(preprocessing) : .shrunk(side: photoSide ?? .max)
  }

  /// The network's input for a photo in this pipeline's ``form``, 1×resolution×resolution×3.
  func tensor(
    prepared photo: PixelBuffer, using generator: inout SeededGenerator
  ) -> Tensor {
    let shown =
      augmentation?.apply(
        to: photo, side: resolution, fallback: preprocessing, using: &generator) ?? photo
    precondition(
      shown.width == resolution && shown.height == resolution,
      "the photo has \(shown.width)×\(shown.height) pixels, not \(resolution)×\(resolution)")
    let elements = [Float](capacity: shown.bytes.count) { output in
      Kernels.preferred.normalize(
        shown.bytes.span, mean: preprocessing.mean, std: preprocessing.std, to: &output)
    }
    return Tensor(shape: Shape(n: 1, h: resolution, w: resolution, c: 3), elements: elements)
  }
}

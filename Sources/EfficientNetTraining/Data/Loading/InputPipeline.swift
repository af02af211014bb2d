public import EfficientNet

/// The conversion of photos to the network's input, with or without augmentation.
///
///     let training = InputPipeline(preprocessing: p, augmentation: a, resolution: 160)
///     let validation = InputPipeline(preprocessing: p, resolution: 160)
///
/// The result depends only on the photo and on (seed, epoch, sample). The conversion has two parts:
/// ``form``, which a ``PhotoCache`` may keep, and everything after it.
public struct InputPipeline: Sendable {
  /// The resize, crop and normalization. Augmented photos use its normalization, and its crop and
  /// interpolation if the augmentation has none. Its crop is ``resolution``.
  public let preprocessing: Preprocessing
  /// The augmentation of training; nil for photos as in use.
  public let augmentation: Augmentation?
  /// The first part of the conversion, the same in every epoch.
  public let form: PhotoForm

  /// The side of the network's input in pixels.
  public var resolution: Int { preprocessing.crop }

  /// Creates a pipeline for a network of the given resolution.
  ///
  /// - Parameters:
  ///   - preprocessing: The preprocessing. If its crop is not the resolution, it is scaled by
  ///     `Preprocessing.at(resolution:)`.
  ///   - augmentation: The augmentation of training; nil for none.
  ///   - resolution: The side of the network's input in pixels.
  ///   - photoSide: The shorter side in pixels to which photos are shrunk before augmentation; nil
  ///     to keep all pixels.
  /// - Precondition: The resolution is at least 1.
  public init(
    preprocessing: Preprocessing, augmentation: Augmentation? = nil, resolution: Int,
    photoSide: Int? = nil
  ) {
    let preprocessing = preprocessing.at(resolution: resolution)
    (self.preprocessing, self.augmentation) = (preprocessing, augmentation)
    form = augmentation == nil ? .picture(preprocessing) : .shrunk(side: photoSide ?? .max)
  }

  /// The network's input for a photo in this pipeline's ``form``: 1 × resolution × resolution × 3.
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

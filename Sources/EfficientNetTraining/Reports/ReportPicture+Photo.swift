public import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetImages
package import EfficientNetReports

extension ReportPicture {
  private static let side = 160

  /// What the network sees of a photo in use, only smaller; without a picture if the photo cannot be read any more.
  public init(_ sample: Sample, preprocessing: Preprocessing) {
    let preprocessing = preprocessing.at(resolution: Self.side)
    self.init(path: sample.photo.path, jpeg: Self.jpeg(sample) { preprocessing.picture($0) })
  }

  /// What the network sees of a photo in an epoch of training, only smaller, with its class as the caption.
  ///
  /// - Parameter index: Of the photo in the dataset.
  package init(
    augmented index: Int, of dataset: Dataset, augmentation: Augmentation,
    preprocessing: Preprocessing, epoch: Int, seed: UInt64
  ) {
    let sample = dataset.samples[index]
    let preprocessing = preprocessing.at(resolution: Self.side)
    var generator = SeededGenerator(seed: seed, for: .augmentation, epoch, index)
    let jpeg = Self.jpeg(sample) {
      augmentation.apply(to: $0, side: Self.side, fallback: preprocessing, using: &generator)
    }
    self.init(path: sample.photo.path, jpeg: jpeg, caption: dataset.classes[sample.label].name)
  }

  private static func jpeg(
    _ sample: Sample, picture: (PixelBuffer) -> PixelBuffer
  ) -> [UInt8]? {
    guard let photo = try? sample.photo.decoded() else { return nil }
    return try? picture(photo).jpeg(quality: 80)
  }
}

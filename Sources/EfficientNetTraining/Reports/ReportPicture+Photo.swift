public import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetImages
package import EfficientNetReports

extension ReportPicture {
  private static let side = 160

  /// Creates a small picture of a photo as the network sees it in use; it is empty if the photo
  /// cannot be read.
  public init(_ sample: Sample, preprocessing: Preprocessing) {
    let preprocessing = preprocessing.at(resolution: Self.side)
    self.init(path: sample.photo.path, jpeg: Self.jpeg(sample) { preprocessing.picture($0) })
  }

  /// Creates a small picture of a photo as the network sees it in an epoch of training, with its
  /// class as the caption.
  ///
  /// - Parameter index: The index of the photo in the dataset.
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

public import EfficientNetCompute

/// A batch of photos for the network.
public struct Batch: Sendable {
  /// The position of the batch in its epoch, from 0.
  public var number: Int
  /// The photos in the network's input format: (n, resolution, resolution, 3), normalized.
  public var images: Tensor
  /// The index of each photo's true class: n values.
  public var labels: [Int]
  /// The share of each class in each photo, (n, classes), if photos were mixed; nil if each has one
  /// class.
  public var targets: [Float]?
  /// The index of each photo in the dataset: n values.
  public var samples: [Int]

  /// Creates a batch.
  ///
  /// - Precondition: `labels` and `samples` have one value per image.
  public init(
    number: Int = 0, images: Tensor, labels: [Int], targets: [Float]? = nil, samples: [Int]
  ) {
    require(
      labels.count == images.shape.n && samples.count == images.shape.n,
      "there are \(labels.count) labels and \(samples.count) samples; "
        + "both must be as many as the images, \(images.shape.n)")
    self.number = number
    (self.images, self.labels, self.targets, self.samples) = (images, labels, targets, samples)
  }
}

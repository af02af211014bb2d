public import EfficientNetCompute

/// One batch on its way into the network.
public struct Batch: Sendable {
  /// Which batch of its epoch this is, from 0.
  public var number: Int
  /// The photos as the network takes them: (n, resolution, resolution, 3), normalised.
  public var images: Tensor
  /// The index of the true class of each photo, n of them.
  public var labels: [Int]
  /// The share of every class in each photo where photos were mixed, (n, classes); nil where each is one class.
  public var targets: [Float]?
  /// The index of each photo in the dataset, n of them.
  public var samples: [Int]

  /// A batch of photos.
  ///
  /// - Precondition: there are as many labels and samples as images.
  public init(
    number: Int = 0, images: Tensor, labels: [Int], targets: [Float]? = nil, samples: [Int]
  ) {
    precondition(
      labels.count == images.shape.n && samples.count == images.shape.n,
      "\(images.shape.n) images, \(labels.count) labels, \(samples.count) samples")
    self.number = number
    (self.images, self.labels, self.targets, self.samples) = (images, labels, targets, samples)
  }
}

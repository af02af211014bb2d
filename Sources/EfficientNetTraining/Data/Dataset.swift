public import EfficientNet

/// One labelled photo.
public struct Sample: Hashable, Sendable {
  /// Where its bytes are.
  public var photo: PhotoSource
  /// The index of its class.
  public var label: Int

  /// A photo with the index of its class.
  public init(photo: PhotoSource, label: Int) {
    (self.photo, self.label) = (photo, label)
  }
}

/// Labelled photos of a set of classes.
public struct Dataset: Sendable {
  /// The classes, in the order of the network's outputs.
  public var classes: [ClassLabel]
  /// The photos, in an order that depends on their names only.
  public var samples: [Sample]

  /// Photos of the given classes.
  ///
  /// - Precondition: every label is the index of a class.
  public init(classes: [ClassLabel], samples: [Sample]) {
    for sample in samples {
      precondition(
        classes.indices.contains(sample.label), "label \(sample.label) of \(classes.count) classes")
    }
    (self.classes, self.samples) = (classes, samples)
  }

  /// How many photos each class has.
  public var photosPerClass: [Int] {
    var counts = [Int](repeating: 0, count: classes.count)
    for sample in samples { counts[sample.label] += 1 }
    return counts
  }

  /// The order in which an epoch shows the photos: all indices of ``samples``, shuffled.
  ///
  /// It depends on the arguments and the number of photos only.
  public func order(epoch: Int, seed: UInt64) -> [Int] {
    var order = Array(samples.indices)
    var generator = SeededGenerator(seed: seed, for: .order, epoch)
    // Written out, since the standard library does not promise how it shuffles.
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(generator.next().multipliedFullWidth(by: UInt64(last + 1)).high))
    }
    return order
  }
}

public import EfficientNet
internal import EfficientNetImages

/// A labelled photo.
public struct Sample: Hashable, Sendable {
  /// The location of its bytes.
  public var photo: PhotoSource
  /// The index of its class.
  public var label: Int

  /// Creates a sample from a photo and the index of its class.
  public init(photo: PhotoSource, label: Int) {
    (self.photo, self.label) = (photo, label)
  }
}

/// Labelled photos and their classes.
public struct Dataset: Sendable {
  /// The classes, in the order of the network's outputs.
  public var classes: [ClassLabel]
  /// The photos, in an order that depends only on their names.
  public var samples: [Sample]

  /// Creates a dataset.
  ///
  /// - Precondition: Every label is the index of a class.
  public init(classes: [ClassLabel], samples: [Sample]) {
    for sample in samples {
      require(
        classes.indices.contains(sample.label),
        "a label is \(sample.label); it must be at least 0 and below \(classes.count)")
    }
    (self.classes, self.samples) = (classes, samples)
  }

  /// The number of photos of each class.
  public var photosPerClass: [Int] {
    var counts = [Int](repeating: 0, count: classes.count)
    for sample in samples { counts[sample.label] += 1 }
    return counts
  }

  /// The typical size of the photos: the median of their shorter sides in pixels, from the headers
  /// of up to 32 photos in equal steps through the dataset. Nil if none of these can be read.
  package var typicalSide: Int? {
    let step = max(1, (samples.count + 31) / 32)
    let sides = stride(from: 0, to: samples.count, by: step).compactMap { index in
      (try? samples[index].photo.size()).map { min($0.width, $0.height) }
    }.sorted()
    return sides.isEmpty ? nil : sides[sides.count / 2]
  }

  /// Returns the order in which an epoch shows the photos: all indices of ``samples``, shuffled.
  ///
  /// The order depends only on the arguments and the number of photos.
  public func order(epoch: Int, seed: UInt64) -> [Int] {
    var order = Array(samples.indices)
    var generator = SeededGenerator(seed: seed, for: .order, epoch)
    // The shuffle is written out, since the standard library does not promise its algorithm.
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(generator.next().multipliedFullWidth(by: UInt64(last + 1)).high))
    }
    return order
  }
}

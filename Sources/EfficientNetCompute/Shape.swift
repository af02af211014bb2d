internal import EfficientNetSystem

/// The extents of a batch of images or feature maps, in NHWC order: the channel index changes
/// fastest.
///
///     let photo = Shape(n: 1, h: 224, w: 224, c: 3)
///     photo.count  // 150,528
public struct Shape: Hashable, Sendable, CustomStringConvertible {
  /// The number of images in the batch.
  public var n: Int
  /// The height in pixels.
  public var h: Int
  /// The width in pixels.
  public var w: Int
  /// The number of channels.
  public var c: Int

  /// Creates the shape of a batch.
  ///
  /// - Parameters:
  ///   - n: The number of images.
  ///   - h: The height in pixels.
  ///   - w: The width in pixels.
  ///   - c: The number of channels.
  /// - Precondition: No extent is negative.
  public init(n: Int, h: Int, w: Int, c: Int) {
    require(
      n >= 0 && h >= 0 && w >= 0 && c >= 0,
      "the shape is \(n)×\(h)×\(w)×\(c); each extent must be at least 0")
    (self.n, self.h, self.w, self.c) = (n, h, w, c)
  }

  /// The number of elements: `n * h * w * c`.
  public var count: Int { n * h * w * c }

  /// Returns the index of an element in row-major order.
  package func offset(n: Int, h: Int, w: Int, c: Int) -> Int {
    ((n * self.h + h) * self.w + w) * self.c + c
  }

  /// The extents as text, for instance "1×224×224×3".
  public var description: String { "\(n)×\(h)×\(w)×\(c)" }
}

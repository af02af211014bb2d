/// The extents of a batch of images or feature maps, in NHWC order: channels change fastest.
///
///     let photo = Shape(n: 1, h: 224, w: 224, c: 3)
///     photo.count  // 150,528
public struct Shape: Hashable, Sendable, CustomStringConvertible {
  /// Images in the batch.
  public var n: Int
  /// Height in pixels.
  public var h: Int
  /// Width in pixels.
  public var w: Int
  /// Channels.
  public var c: Int

  /// A shape of `n` images of `h` × `w` pixels with `c` channels each.
  public init(n: Int, h: Int, w: Int, c: Int) {
    precondition(n >= 0 && h >= 0 && w >= 0 && c >= 0, "negative extent: \(n)×\(h)×\(w)×\(c)")
    (self.n, self.h, self.w, self.c) = (n, h, w, c)
  }

  /// Elements in all.
  public var count: Int { n * h * w * c }

  /// The place of one element in row-major order.
  package func offset(n: Int, h: Int, w: Int, c: Int) -> Int {
    ((n * self.h + h) * self.w + w) * self.c + c
  }

  /// For instance "1×224×224×3".
  public var description: String { "\(n)×\(h)×\(w)×\(c)" }
}

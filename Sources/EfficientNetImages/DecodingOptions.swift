/// Limits and choices for decoding a picture.
public struct DecodingOptions: Hashable, Sendable {
  /// The largest number of pixels that a picture may have; 0 or less refuses every picture.
  ///
  /// The decoder checks the size in the file's header before it allocates memory. The default is
  /// 178 million, the size from which Pillow reports a decompression bomb (twice 89.5 million).
  public var maximumPixels: Int
  /// Whether the decoder turns the photo upright as its EXIF data says. The default is true.
  public var appliesOrientation: Bool

  /// Creates options. The defaults suit photos of your own; for uploads, set a lower pixel limit,
  /// such as 20 million, since a photo takes 3 bytes per pixel.
  ///
  /// - Parameters:
  ///   - maximumPixels: The largest number of pixels that a picture may have.
  ///   - appliesOrientation: Whether the decoder turns the photo upright as its EXIF data says.
  public init(maximumPixels: Int = 178_000_000, appliesOrientation: Bool = true) {
    self.maximumPixels = maximumPixels
    self.appliesOrientation = appliesOrientation
  }
}

/// How a picture is decoded.
public struct DecodingOptions: Hashable, Sendable {
  /// The most pixels a picture may claim; checked before memory for them is taken. With 0 or less every picture has
  /// too many.
  ///
  /// 178 million by default, where Pillow too sees a decompression bomb (twice 89.5 million).
  public var maximumPixels: Int
  /// Whether a photo is turned upright as its EXIF data says; true by default.
  public var appliesOrientation: Bool

  /// The default options, or others.
  public init(maximumPixels: Int = 178_000_000, appliesOrientation: Bool = true) {
    self.maximumPixels = maximumPixels
    self.appliesOrientation = appliesOrientation
  }
}

/// A decoded photo: 8-bit RGB, row by row from the top, three bytes a pixel.
public struct PixelBuffer: Equatable, Sendable {
  /// Width in pixels.
  public let width: Int
  /// Height in pixels.
  public let height: Int
  /// Red, green and blue of every pixel, `width * height * 3` bytes.
  public var bytes: [UInt8]

  /// A buffer of the given bytes.
  ///
  /// - Precondition: both sides are at least 1 and `bytes.count == width * height * 3`.
  public init(width: Int, height: Int, bytes: [UInt8]) {
    precondition(width > 0 && height > 0, "empty picture: \(width)×\(height)")
    precondition(
      bytes.count == width * height * 3,
      "\(width)×\(height) RGB needs \(width * height * 3) bytes, not \(bytes.count)")
    (self.width, self.height, self.bytes) = (width, height, bytes)
  }

  /// A buffer with every byte the same.
  public init(width: Int, height: Int, repeating value: UInt8) {
    self.init(
      width: width, height: height, bytes: Array(repeating: value, count: width * height * 3))
  }
}

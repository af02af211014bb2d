internal import EfficientNetSystem

/// A decoded photo: 8-bit RGB, row by row from the top, three bytes per pixel.
public struct PixelBuffer: Equatable, Sendable {
  /// The width in pixels.
  public let width: Int
  /// The height in pixels.
  public let height: Int
  /// The red, green and blue of every pixel, always `width * height * 3` bytes.
  public private(set) var bytes: [UInt8]

  /// Creates a buffer from bytes.
  ///
  /// - Parameters:
  ///   - width: The width in pixels.
  ///   - height: The height in pixels.
  ///   - bytes: The red, green and blue of every pixel, row by row from the top.
  /// - Precondition: Both sides are at least 1 and `bytes.count == width * height * 3`.
  public init(width: Int, height: Int, bytes: [UInt8]) {
    let count = Self.byteCount(width: width, height: height)
    require(
      bytes.count == count,
      "bytes has \(bytes.count) values; a picture of \(width)×\(height) pixels needs \(count)")
    (self.width, self.height, self.bytes) = (width, height, bytes)
  }

  /// Creates a buffer in which all bytes are equal.
  ///
  /// - Precondition: Both sides are at least 1, and `width * height * 3` fits in an `Int`.
  package init(width: Int, height: Int, repeating value: UInt8) {
    let count = Self.byteCount(width: width, height: height)
    self.init(width: width, height: height, bytes: Array(repeating: value, count: count))
  }

  /// Changes pixels in place, without a copy.
  ///
  ///     photo.withMutableBytes { bytes in
  ///       for index in bytes.indices { bytes[index] = 255 - bytes[index] }
  ///     }
  ///
  /// - Parameter body: A closure that may change ``bytes``.
  package mutating func withMutableBytes<Result, Failure>(
    _ body: (inout MutableSpan<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = bytes.mutableSpan
    return try body(&span)
  }

  /// Copies a picture into this one.
  ///
  /// - Precondition: The picture lies inside this one.
  package mutating func put(_ picture: PixelBuffer, left: Int, top: Int) {
    precondition(
      left >= 0 && top >= 0 && picture.width <= width - left && picture.height <= height - top,
      "\(picture.width)×\(picture.height) pixels at (\(left), \(top)) of \(width)×\(height)")
    let source = picture.bytes.span
    let (width, rowBytes) = (width, 3 * picture.width)
    withMutableBytes { bytes in
      for row in 0..<picture.height {
        let start = 3 * ((top + row) * width + left)
        for index in 0..<rowBytes { bytes[start + index] = source[row * rowBytes + index] }
      }
    }
  }

  private static func byteCount(width: Int, height: Int) -> Int {
    require(
      width > 0 && height > 0,
      "the picture has \(width)×\(height) pixels; both sides must be at least 1")
    let (pixels, hasTooManyPixels) = width.multipliedReportingOverflow(by: height)
    let (bytes, hasTooManyBytes) = pixels.multipliedReportingOverflow(by: 3)
    require(
      !hasTooManyPixels && !hasTooManyBytes,
      "the picture has \(width)×\(height) pixels; 3 bytes for each must fit in an Int")
    return bytes
  }
}

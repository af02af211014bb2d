import EfficientNetCompute

/// The size of a photo, read from its file without decoding the pixels.
package struct PhotoSize: Hashable, Sendable {
  /// The size in pixels, after the photo is turned upright.
  package let width, height: Int
  /// The size of the file.
  package let byteCount: Int

  package var pixels: Int { width * height }

  /// Reads the size of a JPEG, PNG or WebP file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - appliesOrientation: Whether the size is that of the upright photo.
  /// - Throws: ``ImageError``.
  package init(path: String, appliesOrientation: Bool = true) throws(ImageError) {
    let bytes = try PixelBuffer.fileContents(of: path)
    guard !bytes.isEmpty else { throw .empty(name: path) }
    guard let format = ImageFormat(signatureOf: bytes.span) else { throw .notAPicture(name: path) }
    let header = try Codec(format, name: path).header(bytes.span.bytes)
    let orientation =
      appliesOrientation ? Orientation(in: bytes.span, format: format) ?? .unchanged : .unchanged
    (width, height) =
      orientation.swapsSides ? (header.height, header.width) : (header.width, header.height)
    byteCount = bytes.count
  }
}

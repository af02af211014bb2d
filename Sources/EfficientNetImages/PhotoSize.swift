import EfficientNetCompute

/// The size of a photo, read from its file without decoding the pixels.
package struct PhotoSize: Hashable, Sendable {
  /// The size in pixels, after the photo is turned upright.
  package let width, height: Int
  package let byteCount: Int

  package var pixels: Int { width * height }

  /// Reads the size of a JPEG, PNG or WebP file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - appliesOrientation: Whether the size is that of the upright photo.
  package init(path: String, appliesOrientation: Bool = true) throws(ImageError) {
    try self.init(
      PixelBuffer.fileContents(of: path), name: path, appliesOrientation: appliesOrientation)
  }

  /// Reads the size of a photo from the bytes of its file.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of a JPEG, PNG or WebP file.
  ///   - name: The name for errors.
  ///   - appliesOrientation: Whether the size is that of the upright photo.
  package init(
    _ bytes: [UInt8], name: String, appliesOrientation: Bool = true
  ) throws(ImageError) {
    try self.init(bytes.span.bytes, name: name, appliesOrientation: appliesOrientation)
  }

  /// Reads the size of a photo from the bytes of its file, without copying them.
  ///
  /// - Parameters: As above.
  package init(
    _ bytes: RawSpan, name: String, appliesOrientation: Bool = true
  ) throws(ImageError) {
    guard !bytes.isEmpty else { throw .empty(name: name) }
    let octets = Span<UInt8>(_bytes: bytes)
    guard let format = ImageFormat(signatureOf: octets) else { throw .notAPicture(name: name) }
    let header = try Codec(format, name: name).header(bytes)
    let orientation =
      appliesOrientation ? Orientation(in: octets, format: format) ?? .unchanged : .unchanged
    (width, height) =
      orientation.swapsSides ? (header.height, header.width) : (header.width, header.height)
    byteCount = bytes.byteCount
  }
}

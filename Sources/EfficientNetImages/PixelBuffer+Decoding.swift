public import EfficientNetCompute

/// Decoding photos.
///
///     let photo = try PixelBuffer(contentsOf: "cat.jpg")
///
/// The pixels are those of Pillow's `ImageOps.exif_transpose(Image.open(path)).convert("RGB")`, with these
/// differences: 16-bit gray keeps its high byte, where Pillow clips at 255; damaged pictures are errors
/// throughout. Colour profiles and gamma are not applied; alpha is dropped, not blended.
extension PixelBuffer {
  /// Decodes a JPEG, PNG or WebP file; its first bytes say which.
  ///
  /// - Throws: ``ImageError``.
  public init(contentsOf path: String, options: DecodingOptions = .init()) throws(ImageError) {
    let file: MappedFile
    do {
      file = try MappedFile(path: path)
    } catch {
      throw .unreadable(name: error.path, reason: error.reason)
    }
    self = try file.withBytes { (bytes) throws(ImageError) in
      try PixelBuffer(decoding: bytes, name: path, options: options)
    }
  }

  /// Decodes a JPEG, PNG or WebP picture in memory.
  ///
  /// - Parameter name: What the picture is called in messages.
  /// - Throws: ``ImageError``.
  public init(
    decoding bytes: [UInt8], name: String, options: DecodingOptions = .init()
  ) throws(ImageError) {
    try self.init(decoding: bytes.span.bytes, name: name, options: options)
  }

  /// Decodes a JPEG, PNG or WebP picture in memory.
  ///
  /// - Parameter name: What the picture is called in messages.
  /// - Throws: ``ImageError``.
  public init(
    decoding bytes: RawSpan, name: String, options: DecodingOptions = .init()
  ) throws(ImageError) {
    guard !bytes.isEmpty else { throw .empty(name: name) }
    let octets = Span<UInt8>(_bytes: bytes)
    guard let format = ImageFormat(signatureOf: octets) else { throw .notAPicture(name: name) }
    let codec = try Codec(format, name: name)
    let (width, height) = try codec.size(bytes)
    guard width > 0, height > 0 else {
      throw .corrupt(name: name, format: format.rawValue, reason: "no pixels")
    }
    guard width <= options.maximumPixels / height else {
      throw .tooManyPixels(
        name: name, width: width, height: height, limit: options.maximumPixels)
    }
    let pixels = try codec.pixels(bytes, width: width, height: height)
    self.init(width: width, height: height, bytes: pixels)
    if options.appliesOrientation, let orientation = Orientation(in: octets, format: format) {
      self = upright(from: orientation)
    }
  }
}

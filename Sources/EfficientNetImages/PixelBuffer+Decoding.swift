public import EfficientNetCompute

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

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
    let bytes: [UInt8]
    do {
      bytes = try FileContents.read(path, limit: Self.maximumFileSize) {
        ImageFormat(signatureOf: $0.span) != nil
      }
    } catch {
      throw .unreadable(name: error.path, reason: error.reason)
    }
    try self.init(decoding: bytes, name: path, options: options)
  }

  /// The most bytes that a photo's file may have: a gigabyte.
  private static let maximumFileSize = 1 << 30

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
    // Photos that take much memory go one at a time, whatever the number of threads.
    let isLarge = width * height > 1 << 24
    self = try largePhotoTurn.withLock(if: isLarge) { () throws(ImageError) in
      guard !isLarge || isMemoryAvailable(count: width * height * 3) else {
        throw .outOfMemory(name: name, width: width, height: height)
      }
      let pixels = try codec.pixels(bytes, width: width, height: height)
      let photo = PixelBuffer(width: width, height: height, bytes: pixels)
      guard options.appliesOrientation,
        let orientation = Orientation(in: octets, format: format)
      else { return photo }
      return photo.upright(from: orientation)
    }
  }
}

/// Held while a large photo is decoded.
private let largePhotoTurn = Turn()

/// Whether the system would give out `count` bytes twice: for the pixels, and for turning them upright. A Swift array
/// that gets no memory ends the process.
private func isMemoryAvailable(count: Int) -> Bool {
  let memory = unsafe malloc(2 * count)
  unsafe free(memory)
  return unsafe memory != nil
}

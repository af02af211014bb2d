public import EfficientNetCompute

/// Decoding photos.
///
///     let photo = try PixelBuffer(contentsOf: "cat.jpg")
///
/// The pixels are those of Pillow's `ImageOps.exif_transpose(Image.open(path)).convert("RGB")`, with these
/// differences: 16-bit gray keeps its high byte, where Pillow clips at 255; damaged pictures are errors
/// throughout, damaged metadata never. (A progressive JPEG that ends properly without its last scans is not told from one
/// that was written so, and read as Pillow reads it.) Colour profiles and gamma are not applied; alpha is dropped, not blended.
///
/// Pictures that need more than 16 MB share half of the machine's memory (or of the container's): where it is taken,
/// decoding waits for other threads that decode. It never waits for anything else.
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

  /// The same without a copy of the bytes.
  package init(
    decoding bytes: RawSpan, name: String, options: DecodingOptions = .init()
  ) throws(ImageError) {
    guard !bytes.isEmpty else { throw .empty(name: name) }
    let octets = Span<UInt8>(_bytes: bytes)
    guard let format = ImageFormat(signatureOf: octets) else { throw .notAPicture(name: name) }
    let codec = try Codec(format, name: name)
    let (width, height, workspace) = try codec.header(bytes)
    guard width > 0, height > 0 else {
      throw .corrupt(name: name, format: format.rawValue, reason: "no pixels")
    }
    guard width <= options.maximumPixels / height else {
      throw .tooManyPixels(
        name: name, width: width, height: height, limit: options.maximumPixels)
    }
    let orientation =
      options.appliesOrientation
      ? Orientation(in: octets, format: format) ?? .unchanged : .unchanged
    // Turning takes a second picture; libraries have given their own memory back by then.
    let (count, isHuge) = (width * height).multipliedReportingOverflow(by: 3)
    let outOfMemory = ImageError.outOfMemory(name: name, width: width, height: height)
    guard !isHuge, count <= .max / 4,
      case let needed = count + max(workspace, orientation == .unchanged ? 0 : count),
      needed <= machineMemory
    else { throw outOfMemory }
    func decode() throws(ImageError) -> PixelBuffer {
      // Another thread may take the memory before the array does, which then ends the process: the budget keeps
      // large pictures from doing so to one another, unless the address space is limited.
      guard isAvailable(count) else { throw outOfMemory }
      let pixels = try codec.pixels(bytes, width: width, height: height, count: count)
      let photo = PixelBuffer(width: width, height: height, bytes: pixels)
      if orientation == .unchanged { return photo }
      guard isAvailable(count) else { throw outOfMemory }
      return photo.upright(from: orientation)
    }
    self = needed > 1 << 24 ? try decodingMemory.withBytes(needed, decode) : try decode()
  }
}

private let machineMemory = MachineMemory.bytes

/// Shared by the pictures that are being decoded.
private let decodingMemory = MemoryBudget(bytes: machineMemory / 2)

/// Whether the system has memory for an array; small ones are not asked about.
private func isAvailable(_ byteCount: Int) -> Bool {
  byteCount < 1 << 20 || MemoryProbe.isAvailable(byteCount: byteCount)
}

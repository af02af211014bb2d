public import EfficientNetCompute

/// Decoding of JPEG, PNG and WebP photos.
///
///     let photo = try PixelBuffer(contentsOf: "cat.jpg")
///
/// The pixels equal those of Pillow's `ImageOps.exif_transpose(Image.open(path)).convert("RGB")`,
/// with these differences:
///
/// - 16-bit gray keeps its high byte; Pillow clips at 255.
/// - A picture whose data ends too early or violates its format is an error; damaged metadata never
///   is. JPEG has no checksum: a changed byte inside its data may only change pixels. A progressive
///   JPEG that ends properly but lacks its last scans counts as complete, as in Pillow.
/// - A PNG of more than 1,000,000 rows is an error.
///
/// Color profiles and gamma are not applied. Alpha is dropped, not blended.
///
/// Pictures that need more than 16 MB share half of the memory of the machine or container. If that
/// half is in use, decoding waits until other threads finish decoding. It waits for nothing else.
extension PixelBuffer {
  /// Decodes a JPEG, PNG or WebP file. The first bytes of the file select the format, not its name.
  ///
  /// - Parameters:
  ///   - path: The file, of at most 1 GiB.
  ///   - options: The pixel limit and the orientation.
  /// - Throws: ``ImageError``.
  public init(contentsOf path: String, options: DecodingOptions = .init()) throws(ImageError) {
    try self.init(decoding: Self.fileContents(of: path), name: path, options: options)
  }

  /// Returns the bytes of a photo's file; of other files only the first ones.
  static func fileContents(of path: String) throws(ImageError) -> [UInt8] {
    do {
      return try FileContents.read(path, limit: maximumFileSize) {
        ImageFormat(signatureOf: $0.span) != nil
      }
    } catch {
      throw .unreadable(name: error.path, reason: error.reason)
    }
  }

  /// The largest size of a photo's file: 1 GiB.
  private static let maximumFileSize = 1 << 30

  /// Decodes a JPEG, PNG or WebP picture in memory.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the picture's file.
  ///   - name: The name of the picture in error messages.
  ///   - options: The pixel limit and the orientation.
  /// - Throws: ``ImageError``.
  public init(
    decoding bytes: [UInt8], name: String = "the photo", options: DecodingOptions = .init()
  ) throws(ImageError) {
    try self.init(decoding: bytes.span.bytes, name: name, options: options)
  }

  /// Decodes a JPEG, PNG or WebP picture in memory without copying its bytes.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the picture's file.
  ///   - name: The name of the picture in error messages.
  ///   - options: The pixel limit and the orientation.
  /// - Throws: ``ImageError``.
  public init(
    decoding bytes: RawSpan, name: String = "the photo", options: DecodingOptions = .init()
  ) throws(ImageError) {
    guard !bytes.isEmpty else { throw .empty(name: name) }
    let octets = Span<UInt8>(_bytes: bytes)
    guard let format = ImageFormat(signatureOf: octets) else {
      guard let foreign = ForeignFormat(signatureOf: octets) else { throw .notAPicture(name: name) }
      throw .otherFormat(name: name, format: foreign.rawValue)
    }
    let codec = try Codec(format, name: name)
    let (width, height, workspace) = try codec.header(bytes)
    guard width > 0, height > 0 else {
      throw .corrupt(name: name, format: format.rawValue, reason: "no pixels")
    }
    guard width <= options.maximumPixels / height else {
      throw .tooManyPixels(name: name, width: width, height: height, limit: options.maximumPixels)
    }
    let orientation =
      options.appliesOrientation
      ? Orientation(in: octets, format: format) ?? .unchanged : .unchanged
    // Turning needs memory for a second picture; the decoding library has released its own by then.
    let (count, isHuge) = (width * height).multipliedReportingOverflow(by: 3)
    let outOfMemory = ImageError.outOfMemory(name: name, width: width, height: height)
    guard !isHuge, count <= .max / 4,
      case let needed = count + max(workspace, orientation == .unchanged ? 0 : count),
      needed <= machineMemory
    else { throw outOfMemory }
    func decode() throws(ImageError) -> PixelBuffer {
      // If another thread takes the memory before the array does, the process ends. The budget
      // prevents this among large pictures, unless the address space is limited.
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

/// The memory that all threads share while they decode.
private let decodingMemory = MemoryBudget(bytes: machineMemory / 2)

/// Returns whether the system has memory for an array; small arrays are not checked.
private func isAvailable(_ byteCount: Int) -> Bool {
  byteCount < 1 << 20 || MemoryProbe.isAvailable(byteCount: byteCount)
}

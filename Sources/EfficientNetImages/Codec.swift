internal import CEfficientNetCodecs

/// The two decoding steps of one format: the size, then the pixels.
struct Codec {
  typealias ReadHeader = (UnsafePointer<UInt8>?, Int) -> enc_result
  typealias Decode = (
    UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?, UInt32, UInt32
  ) -> enc_result

  let format: ImageFormat
  let name: String
  private let readHeader: ReadHeader
  private let decode: Decode

  /// Selects the codec of `format` for a picture that error messages call `name`.
  ///
  /// - Throws: ``ImageError/unsupported(name:format:reason:)`` if this build has no such codec.
  init(_ format: ImageFormat, name: String) throws(ImageError) {
    self.format = format
    self.name = name
    switch format {
    case .jpeg: (readHeader, decode) = (enc_jpeg_header, enc_jpeg_decode)
    case .png: (readHeader, decode) = (enc_png_header, enc_png_decode)
    case .webP:
      #if EFFNET_WEBP
        (readHeader, decode) = (enc_webp_header, enc_webp_decode)
      #else
        throw .unsupported(
          name: name, format: format.rawValue,
          reason: "this build has no WebP decoder; convert it to JPEG")
      #endif
    }
  }

  /// Returns the size in pixels, and the bytes that the decoding library allocates besides the
  /// pixels, as far as they grow with the number of pixels.
  func header(
    _ bytes: RawSpan
  ) throws(ImageError) -> (width: Int, height: Int, workspace: Int) {
    let result = unsafe bytes.withUnsafeBytes { input in
      unsafe readHeader(input.baseAddress?.assumingMemoryBound(to: UInt8.self), input.count)
    }
    try check(result)
    return (Int(result.width), Int(result.height), Int(clamping: result.workspace))
  }

  /// Returns the RGB pixels of a picture of the size that ``header(_:)`` returned.
  ///
  /// The caller checks first that memory is available: a Swift array that gets none ends the
  /// process.
  func pixels(
    _ bytes: RawSpan, width: Int, height: Int, count: Int
  ) throws(ImageError) -> [UInt8] {
    var result = enc_result()
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
      result = unsafe bytes.withUnsafeBytes { input in
        unsafe decode(
          input.baseAddress?.assumingMemoryBound(to: UInt8.self), input.count,
          output.baseAddress, UInt32(width), UInt32(height))
      }
      initialized = result.status == ENC_OK ? count : 0
    }
    try check(result)
    return pixels
  }

  private func check(_ result: enc_result) throws(ImageError) {
    let format = format.rawValue
    switch result.status {
    case ENC_OK: return
    case ENC_TRUNCATED: throw .truncated(name: name, format: format, place: result.reason)
    case ENC_UNSUPPORTED: throw .unsupported(name: name, format: format, reason: result.reason)
    case ENC_OUT_OF_MEMORY:
      throw .outOfMemory(name: name, width: Int(result.width), height: Int(result.height))
    default: throw .corrupt(name: name, format: format, reason: result.reason)
    }
  }
}

extension enc_result {
  /// The library's message up to its terminating zero.
  var reason: String {
    var message = message
    return unsafe withUnsafeBytes(of: &message) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

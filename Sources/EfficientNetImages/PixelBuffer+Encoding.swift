internal import CEfficientNetCodecs
public import EfficientNetCompute

/// Encoding of pictures as PNG and JPEG files.
///
///     let sheet: [UInt8] = try picture.png()
extension PixelBuffer {
  /// Returns the picture as a PNG file. Decoding it restores the same pixels.
  ///
  /// - Throws: ``ImageError/unencodable(format:width:height:reason:)`` if a side exceeds 2³¹ − 1
  ///   pixels, and ``ImageError/outOfMemory(name:width:height:)``.
  public func png() throws(ImageError) -> [UInt8] {
    try encoded(.png) { unsafe enc_png_encode($0, $1, $2, $3) }
  }

  /// Returns the picture as a baseline JPEG file with colors at half the resolution.
  ///
  /// - Parameter quality: The quality from 1 to 100 on libjpeg's scale. Most programs use 75; the
  ///   default here is 85. A smaller value counts as 1, a larger one as 100, as in libjpeg.
  /// - Throws: ``ImageError/unencodable(format:width:height:reason:)`` if a side exceeds 65,500
  ///   pixels, and ``ImageError/outOfMemory(name:width:height:)``.
  public func jpeg(quality: Int = 85) throws(ImageError) -> [UInt8] {
    let quality = Int32(min(max(quality, 1), 100))
    return try encoded(.jpeg) { unsafe enc_jpeg_encode($0, $1, $2, quality, $3) }
  }

  private typealias Encode = (
    UnsafePointer<UInt8>?, UInt32, UInt32, UnsafeMutablePointer<enc_file>
  ) -> enc_result

  private func encoded(_ format: ImageFormat, _ encode: Encode) throws(ImageError) -> [UInt8] {
    guard let columns = UInt32(exactly: width), let rows = UInt32(exactly: height) else {
      throw .unencodable(
        format: format.rawValue, width: width, height: height, reason: "a side is too long")
    }
    let outOfMemory = ImageError.outOfMemory(
      name: "the \(format.rawValue) file", width: width, height: height)
    var file = unsafe enc_file()
    defer { unsafe enc_file_free(&file) }
    let result = unsafe bytes.withUnsafeBufferPointer { rgb in
      unsafe encode(rgb.baseAddress, columns, rows, &file)
    }
    switch result.status {
    case ENC_OK: break
    case ENC_OUT_OF_MEMORY: throw outOfMemory
    default:
      throw .unencodable(
        format: format.rawValue, width: width, height: height, reason: result.reason)
    }
    guard MemoryProbe.isAvailable(byteCount: file.count) else { throw outOfMemory }
    return unsafe [UInt8](UnsafeBufferPointer(start: file.bytes, count: file.count))
  }
}

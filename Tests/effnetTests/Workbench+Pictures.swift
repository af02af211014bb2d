import EfficientNet
import EfficientNetImages
import EfficientNetTestSupport
import Foundation

/// Returns a picture of noise that depends on a number. The noise is coarse, so that it survives
/// shrinking.
func picture(_ number: Int, width: Int = 60, height: Int = 48) -> PixelBuffer {
  let unit = Formula.unit("picture \(number)", count: 8 * 8 * 3)
  let bytes = (0..<(width * height * 3)).map { index in
    let (pixel, channel) = index.quotientAndRemainder(dividingBy: 3)
    let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
    return UInt8(127 + 127 * unit[(y * 8 / height * 8 + x * 8 / width) * 3 + channel])
  }
  return PixelBuffer(width: width, height: height, bytes: bytes)
}

extension Workbench {
  /// Writes a PNG file, and its folder if that is missing.
  func write(_ picture: PixelBuffer, _ name: String) throws {
    let url = folder.url.appending(path: name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(picture.png()).write(to: url)
  }
}

import EfficientNetCompute
import EfficientNetImages
import EfficientNetTestSupport
import Foundation

/// Returns a picture that depends on a number.
func picture(_ number: Int, width: Int = 40, height: Int = 36) -> PixelBuffer {
  let unit = Formula.unit("picture \(number)", count: width * height * 3)
  return PixelBuffer(
    width: width, height: height, bytes: unit.map { UInt8(min(max(127 + 127 * $0, 0), 255)) })
}

extension TemporaryFolder {
  /// Writes photos that all differ.
  func photos(_ count: Int) throws -> [FoundPhoto] {
    try PhotoFinder.photos(
      at: (0..<count).map { number in
        let name = "photo \(number).png"
        try write(picture(number).png(), name)
        return path(name)
      })
  }
}

import EfficientNetCompute
import EfficientNetImages
import Foundation

extension TemporaryFolder {
  /// Writes ten dark and ten light photos into a folder each, which tiny networks can tell apart.
  func writeTwoShades(_ name: String, from first: Int = 0) throws {
    for (label, shade) in [("dark", 20), ("light", 160)] {
      let place = url.appending(path: "\(name)/\(label)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for number in first..<(first + 10) {
        let bytes = (0..<(3 * 22 * 20)).map { UInt8((shade + $0 * (number + 3) % 91) % 256) }
        let png = try PixelBuffer(width: 22, height: 20, bytes: bytes).png()
        try Data(png).write(to: place.appending(path: "\(number).png"))
      }
    }
  }
}

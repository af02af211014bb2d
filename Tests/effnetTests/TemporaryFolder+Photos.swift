import EfficientNetCompute
import EfficientNetImages
import EfficientNetTestSupport
import Foundation

extension TemporaryFolder {
  /// Creates a folder with the weights of a small network, and returns it with their path.
  static func withTinyModel() throws -> (TemporaryFolder, weights: String) {
    let folder = try TemporaryFolder()
    try writeTinyModel(to: folder.path("tiny.safetensors"))
    return (folder, folder.path("tiny.safetensors"))
  }

  /// Writes ten dark and ten light photos into a folder each, which tiny networks can tell apart.
  func writeTwoShades(_ name: String, from first: Int = 0) throws {
    for (label, shade) in [("dark", 20), ("light", 160)] {
      try writePhotos(
        "\(name)/\(label)", first..<(first + 10), shade, width: 22, height: 20, period: 91)
    }
  }

  /// Writes twelve larger photos of each of two classes.
  func writeTwoClasses(_ first: String, _ second: String) throws {
    for (label, shade) in [(first, 40), (second, 200)] {
      try writePhotos("photos/\(label)", 0..<12, shade, width: 50, height: 44, period: 53)
    }
  }

  func writePhotos(
    _ name: String, _ numbers: Range<Int>, _ shade: Int, width: Int, height: Int, period: Int
  ) throws {
    try make(name)
    for number in numbers {
      let bytes = (0..<(3 * width * height)).map {
        UInt8((shade + $0 * (number + 3) % period) % 256)
      }
      try write(
        PixelBuffer(width: width, height: height, bytes: bytes).png(), "\(name)/\(number).png")
    }
  }
}

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

/// A temporary folder, removed with its last owner.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "effnet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of a file in the folder.
  func path(_ name: String) -> String { url.appending(path: name).path }

  /// The bytes of a file in the folder.
  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: url.appending(path: name)))
  }

  /// Writes a file into the folder.
  func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: url.appending(path: name))
  }

  /// The names of the files in the folder.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
  }

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

import EfficientNetCompute
import EfficientNetImages
import Testing

/// A picture of Fixtures/make_images.py, with the pixels that Pillow decodes.
struct Fixture: CustomTestStringConvertible, Sendable {
  let name: String
  let bytes: [UInt8]

  init(_ name: String) throws {
    self.name = name
    bytes = try Self.read(name)
  }

  /// Pillow's pixels: a binary PPM, "P6\nWIDTH HEIGHT\n255\n" and the pixels.
  var pixels: PixelBuffer {
    get throws {
      let file = try Self.read(name + ".ppm")
      let fields = file.prefix(20).split(
        maxSplits: 4, whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: " ") })
      let width = try #require(Int(String(decoding: fields[1], as: UTF8.self)))
      let height = try #require(Int(String(decoding: fields[2], as: UTF8.self)))
      return PixelBuffer(width: width, height: height, bytes: file.suffix(width * height * 3))
    }
  }

  var testDescription: String { name }

  static func path(_ name: String, file: String = #filePath) -> String {
    let folder = file.split(separator: "/").dropLast().joined(separator: "/")
    return "/\(folder)/Fixtures/\(name)"
  }

  static func read(_ name: String) throws -> [UInt8] {
    try FileContents.read(path(name), limit: 1 << 30)
  }

  static let jpegs = [
    "baseline", "full", "wide", "progressive", "restarts", "gray", "keptrgb", "cmyk", "ycck", "one",
  ].map { $0 + ".jpg" }

  static let pngs = [
    "rgb", "rgb16", "gray", "gray16", "bits1", "bits2", "bits4", "palette", "palette1", "palette2",
    "palette4", "palettealpha", "alpha", "grayalpha", "key", "graykey", "interlaced",
  ].map { $0 + ".png" }

  static let webPs = ["lossy", "lossless", "alpha", "lossyalpha"].map { $0 + ".webp" }

  static let turned = (1...8).map { "turned\($0).jpg" } + ["turned.png"]
}

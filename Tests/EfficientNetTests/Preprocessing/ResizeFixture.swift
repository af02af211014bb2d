import Testing
import EfficientNet
import EfficientNetCompute

/// The cases of Fixtures/make_resize.py.
struct ResizeFixture: CustomTestStringConvertible, Sendable {
  enum Kind: Sendable {
    case resize(width: Int, height: Int)
    case crop(resize: Int, crop: Int)
  }

  let kind: Kind
  let source: PixelBuffer
  let interpolation: Interpolation
  let result: [UInt8]

  static let all: [ResizeFixture] = {
    guard let bytes = try? FileContents.read(fixturePath("resize.bin"), limit: 1 << 30) else {
      return []
    }
    var offset = 0
    func integer(_ index: Int) -> Int {
      (0..<4).reduce(0) { $0 | Int(bytes[offset + 4 * index + $1]) << (8 * $1) }
    }
    var cases: [ResizeFixture] = []
    while offset < bytes.count {
      let (a, b) = (integer(4), integer(5))
      let start = offset + 32
      let count = integer(7)
      cases.append(
        ResizeFixture(
          kind: integer(0) == 0 ? .resize(width: a, height: b) : .crop(resize: a, crop: b),
          source: noise(width: integer(1), height: integer(2), seed: UInt32(integer(6))),
          interpolation: integer(3) == 0 ? .bilinear : .bicubic,
          result: Array(bytes[start..<(start + count)])))
      offset = start + count
    }
    return cases
  }()

  var testDescription: String { "\(source.width)×\(source.height) \(kind) \(interpolation)" }
}

/// Returns the same bytes as `noise` of make_resize.py.
func noise(width: Int, height: Int, seed: UInt32) -> PixelBuffer {
  var state = seed
  let bytes = (0..<(width * height * 3)).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(state >> 24)
  }
  return PixelBuffer(width: width, height: height, bytes: bytes)
}

private func fixturePath(_ name: String, file: String = #filePath) -> String {
  let folder = file.split(separator: "/").dropLast(2).joined(separator: "/")
  return "/\(folder)/Fixtures/\(name)"
}

import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetTraining

/// A case of Tools/reference/make_augmentation.py: Pillow 13.0.0's result for a picture.
struct OperationFixture: Decodable, CustomTestStringConvertible, Sendable {
  enum Name: String, Decodable, CaseIterable {
    case shearX, shearY, translateX, translateY, rotate, autocontrast, equalize, invert, posterize
    case solarize, color, contrast, brightness, sharpness, hue, flip
  }

  let operation: Name
  let value: Double
  let width: Int
  let height: Int
  let seed: UInt32
  let low: Int
  let high: Int
  private let result: String

  var source: PixelBuffer { noise(width: width, height: height, seed: seed, low: low, high: high) }

  /// Pillow's result.
  var expected: PixelBuffer {
    get throws {
      let digits = Array(result.utf8)
      let bytes = try stride(from: 0, to: digits.count, by: 2).map {
        try #require(UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16))
      }
      return PixelBuffer(width: width, height: height, bytes: bytes)
    }
  }

  /// Our result.
  var actual: PixelBuffer {
    var picture = source
    switch operation {
    case .shearX: picture = picture.sheared(x: value)
    case .shearY: picture = picture.sheared(y: value)
    case .translateX: picture = picture.translated(x: value, y: 0)
    case .translateY: picture = picture.translated(x: 0, y: value)
    case .rotate: picture = picture.rotated(degrees: value)
    case .autocontrast: picture.autocontrast()
    case .equalize: picture.equalize()
    case .invert: picture.invert()
    case .posterize: picture.posterize(bits: Int(value))
    case .solarize: picture.solarize(threshold: Int(value))
    case .color: picture.adjustSaturation(factor: value)
    case .contrast: picture.adjustContrast(factor: value)
    case .brightness: picture.adjustBrightness(factor: value)
    case .sharpness: picture.adjustSharpness(factor: value)
    case .hue: picture.adjustHue(turn: value)
    case .flip: picture.flipHorizontally()
    }
    return picture
  }

  static let all: [OperationFixture] = {
    let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let url = URL(fileURLWithPath: "/\(folder)/Fixtures/augmentation.json")
    do {
      return try JSONDecoder().decode([OperationFixture].self, from: Data(contentsOf: url))
    } catch {
      Issue.record(error)
      return []
    }
  }()

  var testDescription: String { "\(operation) \(value) of \(width)×\(height)" }
}

/// Returns the same bytes as `noise` of make_augmentation.py.
func noise(
  width: Int, height: Int, seed: UInt32, low: Int = 0, high: Int = 255
) -> PixelBuffer {
  var state = seed
  let bytes = (0..<(width * height * 3)).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(low + Int(state >> 24) * (high - low) / 255)
  }
  return PixelBuffer(width: width, height: height, bytes: bytes)
}

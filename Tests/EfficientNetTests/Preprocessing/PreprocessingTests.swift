import EfficientNet
import EfficientNetCompute
import Foundation
import Testing

@Suite struct PreprocessingTests {
  static let b0 = Preprocessing(
    resize: 256, crop: 224, interpolation: .bicubic, mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375])

  @Test func normalizesEachChannel() {
    let tensor = Self.b0.tensor(PixelBuffer(width: 300, height: 400, repeating: 200))
    #expect(tensor.shape == Shape(n: 1, h: 224, w: 224, c: 3))
    for (channel, mean, std) in [(0, 123.675, 58.395), (1, 116.28, 57.12), (2, 103.53, 57.375)] {
      // Two 32-bit operations on values below 256: the error is a few units in the last place.
      let expected = Float((200 - mean) / std)
      #expect(abs(tensor[n: 0, h: 100, w: 17, c: channel] - expected) < 1e-6)
    }
  }

  /// As timm: floor(size / crop_pct).
  @Test(arguments: [(0.875, 256), (1, 224), (0.9, 248), (0.25, 896)])
  func aCropShareSetsTheResize(share: Double, resize: Int) {
    var expected = Self.b0
    expected.resize = resize
    #expect(Self.b0.withCropShare(share) == expected)
  }

  @Test func paddingIsZeroBeforeNormalizing() {
    var small = Self.b0
    small.resize = 10
    let tensor = small.tensor(PixelBuffer(width: 10, height: 10, repeating: 255))
    let (dark, bright) = (
      -Self.b0.mean[1] / Self.b0.std[1], (255 - Self.b0.mean[1]) / Self.b0.std[1]
    )
    #expect(tensor[n: 0, h: 106, w: 107, c: 1] == dark)
    #expect(tensor[n: 0, h: 107, w: 107, c: 1] == bright)
    #expect(tensor[n: 0, h: 116, w: 116, c: 1] == bright)
    #expect(tensor[n: 0, h: 117, w: 116, c: 1] == dark)
  }

  @Test(arguments: [
    (50, 37, 24, 21), (37, 50, 24, 20), (3, 3, 9, 16), (30, 10, 9, 16), (1, 200, 5, 4),
  ])
  func pictureIsTheTensorBeforeNormalizing(width: Int, height: Int, resize: Int, crop: Int) {
    let photo = noise(width: width, height: height, seed: 21)
    for squash in [false, true] {
      let plain = Preprocessing(
        resize: resize, crop: crop, interpolation: .bicubic, squash: squash, mean: [0, 0, 0],
        std: [1, 1, 1])
      let picture = plain.picture(photo)
      #expect(picture.width == crop && picture.height == crop)
      #expect(picture.bytes.map(Float.init) == plain.tensor(photo).elements)
    }
  }

  @Test(arguments: [(500, 375, 341, 256), (375, 500, 256, 341), (256, 256, 256, 256)])
  func longerSideIsCut(width: Int, height: Int, resizedWidth: Int, resizedHeight: Int) {
    let size = Self.b0.resizedSize(width: width, height: height)
    #expect(size == (resizedWidth, resizedHeight))
  }

  /// Resized in full, these photos would need terabytes.
  @Test(arguments: [(1, 1_000_000), (1_000_000, 1), (1, 1), (2, 300_000)])
  func extremeProportionsStaySmall(width: Int, height: Int) {
    let tensor = Self.b0.tensor(PixelBuffer(width: width, height: height, repeating: 7))
    #expect(tensor.shape.count == 224 * 224 * 3)
    #expect(tensor[n: 0, h: 223, w: 223, c: 0] == (7 - Self.b0.mean[0]) / Self.b0.std[0])
  }

  @Test func survivesCoding() throws {
    let data = try JSONEncoder().encode(Self.b0)
    #expect(try JSONDecoder().decode(Preprocessing.self, from: data) == Self.b0)
  }

  @Test(arguments: [
    #"{"resize": 0, "crop": 224, "interpolation": "bicubic", "mean": [0, 0, 0], "std": [1, 1, 1]}"#,
    #"{"resize": 256, "crop": 224, "interpolation": "bicubic", "mean": [0], "std": [1, 1, 1]}"#,
    #"{"resize": 65537, "crop": 224, "interpolation": "bicubic", "mean": [0, 0, 0], "std": [1, 1, 1]}"#,
    #"{"resize": 4611686018427387904, "crop": 224, "interpolation": "bicubic", "mean": [0, 0, 0], "std": [1, 1, 1]}"#,
    #"{"resize": 256, "crop": 4611686018427387904, "interpolation": "bicubic", "mean": [0, 0, 0], "std": [1, 1, 1]}"#,
    #"{"resize": 256, "crop": 224, "interpolation": "bicubic", "mean": [0, 0, 0], "std": [1, 1, 1], "gamma": 2}"#,
    #"{"resize": 256, "crop": 224, "interpolation": "bicubic", "mean": [0, 0, 0], "std": [1, 0, 1]}"#,
    #"{"resize": 256, "crop": 224, "interpolation": "cubic", "mean": [0, 0, 0], "std": [1, 1, 1]}"#,
  ])
  func refusesInvalidValues(json: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Preprocessing.self, from: Data(json.utf8))
    }
  }

  @Test("a field out of its range stops the process with its value")
  func wrongField() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Preprocessing(
        resize: 0, crop: 224, interpolation: .bicubic, mean: [0, 0, 0], std: [1, 1, 1])
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("cannot resize to 0 and crop to 224 pixels"), "\(message)")
  }
}

import EfficientNet
import EfficientNetCompute
import Testing

@testable import EfficientNetExplanation

@Suite("Activation map") struct MapTests {
  /// Values are interpolated between the centres of cells, and constant beyond them.
  @Test func bilinear() {
    let map = ActivationMap(width: 2, height: 2, values: [0, 4, 8, 20])
    #expect(map.value(x: 0, y: 0) == 0 && map.value(x: 1, y: 1) == 20)
    #expect(map.value(x: 0.25, y: 0.25) == 0 && map.value(x: 0.75, y: 0.25) == 4)
    #expect(map.value(x: 0.5, y: 0.25) == 2 && map.value(x: 0.5, y: 0.5) == 8)
    #expect(map.resized(width: 2, height: 2) == map)
    #expect(map.resized(width: 1, height: 1).values == [8])
    #expect(map.resized(width: 4, height: 1).values == [4, 6, 10, 12])
    #expect(map.value(x: .nan, y: 0).isNaN && map.value(x: 0, y: .nan).isNaN)
    #expect(map.value(x: -.infinity, y: -7) == 0 && map.value(x: .infinity, y: 1e300) == 20)
    let one = ActivationMap(width: 1, height: 1, values: [3])
    #expect(one.resized(width: 3, height: 2).values == [3, 3, 3, 3, 3, 3])
  }

  @Test("maps without cells stop the process with the valid sizes", arguments: 0..<4)
  func withoutCells(function: Int) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [function] in
      var generator = SeededGenerator(seed: 1)
      switch function {
      case 0: _ = ActivationMap.random(width: 0, height: 3, using: &generator)
      case 1: _ = ActivationMap.center(width: 0, height: 3)
      case 2: _ = ActivationMap.center(width: 1, height: 1).resized(width: 0, height: 3)
      default: _ = ActivationMap(width: 0, height: 3, values: [])
      }
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("the map has 0×3 cells; both sides must be at least 1"), "\(message)")
  }

  @Test func center() {
    let map = ActivationMap.center(width: 5, height: 3)
    #expect(map.values.firstIndex(of: map.peak) == 7)
    #expect(map.values[0] == map.values[14] && map.values[5] == map.values[9])
  }

  /// The part of a photo that the network sees, in the photo's own pixels.
  @Test func regions() {
    let preprocessing = Preprocessing(
      resize: 256, crop: 224, interpolation: .bicubic, mean: [0, 0, 0], std: [1, 1, 1])
    #expect(
      preprocessing.region(width: 512, height: 1024)
        == PhotoRegion(left: 32, top: 288, width: 448, height: 448))
    var small = preprocessing
    small.resize = 112
    // The photo fills the middle half of the input.
    #expect(
      small.region(width: 56, height: 56)
        == PhotoRegion(left: -28, top: -28, width: 112, height: 112))
    var squashed = preprocessing
    squashed.squash = true
    #expect(
      squashed.region(width: 512, height: 128)
        == PhotoRegion(left: 32, top: 8, width: 448, height: 112))
  }
}

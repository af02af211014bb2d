import EfficientNetReports
import Testing

@Suite("Color maps") struct ColorMapTests {
  /// matplotlib's colors at some values, at most three levels apart.
  @Test func colors() {
    let expected: [(ColorMap, Float, [Int])] = [
      (.inferno, 0, [0, 0, 4]), (.inferno, 1, [252, 255, 164]), (.inferno, 0.5, [188, 55, 84]),
      (.viridis, 0, [68, 1, 84]), (.viridis, 1, [253, 231, 37]), (.viridis, 0.5, [33, 145, 140]),
    ]
    for (map, value, levels) in expected {
      let color = map.color(at: value)
      for (found, level) in zip([color.red, color.green, color.blue], levels) {
        #expect(abs(Int(found) - level) <= 3, "\(map) at \(value)")
      }
    }
  }

  /// Brightness rises with the value, so that maps can be read without color.
  @Test func brightnessRises() {
    for map in ColorMap.allCases {
      let grays = (0...100).map { step in
        let color = map.color(at: Float(step) / 100)
        return 299 * Int(color.red) + 587 * Int(color.green) + 114 * Int(color.blue)
      }
      #expect(zip(grays, grays.dropFirst()).allSatisfy { $0 <= $1 })
    }
  }

  /// NaN has a color that no value has.
  @Test func notANumber() {
    for map in ColorMap.allCases {
      #expect(map.color(at: .nan) == (128, 128, 128))
      #expect(map.color(at: .infinity) == map.color(at: 1))
      #expect(map.color(at: -.greatestFiniteMagnitude) == map.color(at: 0))
    }
  }

  @Test func ends() {
    for map in ColorMap.allCases {
      #expect(map.color(at: -3) == map.color(at: 0) && map.color(at: 7) == map.color(at: 1))
    }
  }
}

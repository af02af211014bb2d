import EfficientNetTestSupport
import Testing

@testable import EfficientNet
@testable import EfficientNetQuantization

@Suite("The importance of channels")
struct ChannelImportanceTests {
  @Test("it is the sum of the squares of the weights that read a channel")
  func sums() throws {
    let model = try Formula.model(.tiny[0])
    let architecture = model.description.architecture
    let importance = try model.channelImportance()
    for layer in QuantizedLayer.all(of: architecture) {
      let found = try #require(importance[layer.input])
      let w = try model.weights.required("\(layer.name).weight")
      let fold = try BatchNormFold(
        layer.norm, epsilon: architecture.batchNormEpsilon, bias: nil, weights: model.weights)
      let (outputs, inputs, taps) = (w.shape[0], w.shape[1], w.shape[2] * w.shape[3])
      for c in found.indices {
        let readers = layer.isDepthwise ? [c] : Array(0..<outputs)
        let expected = readers.reduce(0.0) { sum, o in
          (0..<taps).reduce(sum) { sum, tap in
            let input = layer.isDepthwise ? 0 : c
            let factor =
              Double(w.elements[(o * inputs + input) * taps + tap]) * Double(fold.scale[o])
            return sum + factor * factor
          }
        }
        #expect(abs(found[c] - expected) <= 1e-9 * expected, "\(layer.name), \(c)")
      }
    }
    #expect(importance["blocks.1.0.conv_dw"] == importance["blocks.1.0.se.scale"])
    #expect(importance["blocks.1.0.conv_dw"] != nil)
  }

  @Test("large values of a channel that matters little do not choose the steps of another")
  func ranges() {
    let small = Formula.unit("small", count: 4000).map { Float($0) }
    let large = Formula.unit("large", count: 4000).map { 40 * Float($0 * $0 * $0) }
    let map = zip(small, large).flatMap { [$0, $1] }
    func scale(_ importance: [Double]?) -> Float {
      var statistics = MapStatistics(channels: 2, importance: importance)
      statistics.add(map)
      return statistics.codes(.meanSquare).scale
    }
    #expect(scale([1, 1]) == scale(nil))
    #expect(scale([3000, 1]) < 0.95 * scale(nil))
    #expect(scale([0, 0]) == scale([5, 5]))
  }
}

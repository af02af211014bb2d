import EfficientNet
import EfficientNetCompute
import EfficientNetTestSupport
import Testing

@testable import EfficientNetExplanation

@Suite("Occlusion") struct OcclusionTests {
  /// Patches cover every pixel and lie inside the image; there is one cell for each stride.
  @Test func patches() {
    for (patch, stride, width, height) in [
      (2, 1, 7, 7), (32, 16, 224, 224), (9, 5, 33, 20), (5, 5, 5, 5),
    ] {
      let occlusion = ExplanationMethod.Occlusion(patch: patch, stride: stride)
      let patches = occlusion.patches(width: width, height: height)
      #expect(patches.columns == (width + stride - 1) / stride)
      #expect(patches.cells.count == patches.columns * patches.rows)
      var isCovered = Array(repeating: false, count: width * height)
      for cell in patches.cells {
        #expect(cell.left >= 0 && cell.left + cell.width <= width && cell.width <= patch)
        #expect(cell.top >= 0 && cell.top + cell.height <= height && cell.height > 0)
        for row in cell.rows {
          for column in cell.columns { isCovered[row * width + column] = true }
        }
      }
      #expect(!isCovered.contains(false), "\(patch), \(stride)")
    }
  }

  /// Each cell is the difference that a run with its patch set to zero makes.
  @Test func equalsRuns() throws {
    let model = try Formula.model(Architecture.tiny[0])
    let architecture = model.description.architecture
    let occlusion = ExplanationMethod.Occlusion(patch: 12, stride: 8)
    let pool = ThreadPool(threads: 2)
    let input = Formula.images(Shape(n: 1, h: 33, w: 33, c: 3))
    let maps = try Explainer(model, method: .occlusion(occlusion), pool: pool)
      .explain(input, classes: .indices([4, 1]))
    let engine = try Engine(architecture, weights: model.weights)
    var session = engine.makeSession(pool: pool)
    let logits = session.run(input).elements
    let patches = occlusion.patches(width: 33, height: 33)
    for (number, cell) in patches.cells.enumerated() {
      var covered = input
      for row in cell.rows {
        for column in cell.columns {
          for c in 0..<3 { covered[n: 0, h: row, w: column, c: c] = 0 }
        }
      }
      let result = session.run(covered).elements
      #expect(maps[0].map.values[number] == logits[4] - result[4])
      #expect(maps[1].map.values[number] == logits[1] - result[1])
    }
  }
}

internal import EfficientNet
internal import EfficientNetCompute

/// Occlusion: see ``ExplanationMethod/occlusion(_:)``.
final class OcclusionSensitivity: MapMaker {
  private let occlusion: ExplanationMethod.Occlusion
  private var session: Session
  private let batch = 8

  init(
    _ occlusion: ExplanationMethod.Occlusion, of model: Model, pool: ThreadPool,
    precision: Precision
  ) throws {
    self.occlusion = occlusion
    let engine = try Engine(
      model.description.architecture, weights: model.weights, precision: precision, pool: pool)
    session = engine.makeSession(pool: pool, maximumBatch: batch)
  }

  func maps(
    _ input: Tensor, classes: (_ logits: [Float]) -> [Int],
    progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> [ActivationMap] {
    let logits = session.run(input).elements
    let chosen = classes(logits)
    let patches = Self.patches(occlusion, width: input.shape.w, height: input.shape.h)
    var values: [[Float]] = Array(repeating: [], count: chosen.count)
    for first in stride(from: 0, to: patches.cells.count, by: batch) {
      let covered = patches.cells[first..<min(first + batch, patches.cells.count)].map {
        input.occluded(by: $0)
      }
      try progress(first, patches.cells.count)
      let results = session.run(Tensor.batch(covered))
      for image in covered.indices {
        for (place, index) in chosen.enumerated() {
          values[place].append(logits[index] - results[n: image, h: 0, w: 0, c: index])
        }
      }
    }
    return values.map {
      ActivationMap(width: patches.columns, height: patches.rows, values: $0)
    }
  }

  /// The patches row by row. They lie in the middle of cells that share out the input evenly, cut at its edges.
  static func patches(
    _ occlusion: ExplanationMethod.Occlusion, width: Int, height: Int
  ) -> (columns: Int, rows: Int, cells: [PixelRectangle]) {
    func ranges(_ length: Int) -> [Range<Int>] {
      let count = (length + occlusion.stride - 1) / occlusion.stride
      return (0..<count).map { cell in
        // Twice the middle of the cell.
        let middle = (2 * cell + 1) * length / count
        let first = (middle - occlusion.patch) / 2
        return max(first, 0)..<min(max(first, 0) + occlusion.patch + min(first, 0), length)
      }
    }
    let (across, down) = (ranges(width), ranges(height))
    let cells = down.flatMap { rows in
      across.map { columns in
        PixelRectangle(
          left: columns.lowerBound, top: rows.lowerBound, width: columns.count,
          height: rows.count)
      }
    }
    return (across.count, down.count, cells)
  }
}

extension Tensor {
  /// The image with zeros in a rectangle: the mean colour, after normalisation.
  fileprivate func occluded(by rectangle: PixelRectangle) -> Tensor {
    var occluded = self
    for row in rectangle.rows {
      let start = shape.c * (row * shape.w + rectangle.left)
      for index in start..<(start + shape.c * rectangle.width) { occluded.elements[index] = 0 }
    }
    return occluded
  }
}

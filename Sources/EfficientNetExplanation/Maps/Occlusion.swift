internal import EfficientNet
internal import EfficientNetCompute

extension Explainer {
  /// Makes occlusion maps; see ``ExplanationMethod/occlusion(_:)``.
  static func occlusion(
    _ occlusion: ExplanationMethod.Occlusion, of model: Model, pool: ThreadPool,
    precision: Precision
  ) throws -> MapMaker {
    let batch = 8
    let engine = try Engine(model, precision: precision, pool: pool)
    var session = engine.makeSession(pool: pool, maximumBatch: batch)
    return { input, classes, check, progress in
      try check()
      let logits = session.run(input).elements
      let chosen = classes(logits)
      let patches = occlusion.patches(width: input.shape.w, height: input.shape.h)
      var values: [[Float]] = Array(repeating: [], count: chosen.count)
      for first in stride(from: 0, to: patches.cells.count, by: batch) {
        let covered = patches.cells[first..<min(first + batch, patches.cells.count)].map {
          input.occluded(by: $0)
        }
        try check()
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
  }
}

extension ExplanationMethod.Occlusion {
  /// The patches row by row, in the middle of equal cells and clipped to the image.
  func patches(
    width: Int, height: Int
  ) -> (columns: Int, rows: Int, cells: [PixelRectangle]) {
    func ranges(_ length: Int) -> [Range<Int>] {
      let count = (length + stride - 1) / stride
      return (0..<count).map { cell in
        // Twice the centre of the cell.
        let middle = (2 * cell + 1) * length / count
        let first = (middle - patch) / 2
        return max(first, 0)..<min(max(first, 0) + patch + min(first, 0), length)
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
  /// The image with zeros in a rectangle; after normalization, zero is the mean color.
  fileprivate func occluded(by rectangle: PixelRectangle) -> Tensor {
    var occluded = self
    for row in rectangle.rows {
      let start = shape.c * (row * shape.w + rectangle.left)
      for index in start..<(start + shape.c * rectangle.width) { occluded.elements[index] = 0 }
    }
    return occluded
  }
}

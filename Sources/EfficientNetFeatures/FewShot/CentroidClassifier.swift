internal import EfficientNetCompute

/// Chooses the class whose mean example is nearest, by cosine.
///
/// Probabilities are the softmax of the cosines times ``scale``, which maximises the likelihood of
/// left-out examples.
///
/// Source: Snell et al. 2017, [Prototypical networks](https://arxiv.org/abs/1703.05175), section 2,
/// with cosines.
struct CentroidClassifier: RowClassifier {
  /// For each class, the direction of the sum of its examples.
  let centroids: [[Float]]
  /// The factor on cosines.
  let scale: Double
  let validation: CrossValidation
  var parameters: [Double] { centroids.flatMap { $0.map { Double($0) } } }

  /// The scales to try, half an octave apart.
  private static let scales = Array(sequence(first: 1.0) { $0 * 2.0.squareRoot() }.prefix(17))
  /// The scale if no example can be left out.
  private static let standardScale = 16.0

  init(
    parameters: [Double], dimensions: Int, scale: Double, validation: CrossValidation
  ) {
    centroids = stride(from: 0, to: parameters.count, by: dimensions).map { first in
      parameters[first..<first + dimensions].map { Float($0) }
    }
    (self.scale, self.validation) = (scale, validation)
  }

  init(_ examples: LabelledFeatures) {
    var sums = Array(
      repeating: [Double](repeating: 0, count: examples.dimensions), count: examples.classes.count)
    for (row, label) in zip(examples.rows, examples.labels) {
      for index in row.indices { sums[label][index] += Double(row[index]) }
    }
    centroids = sums.map { $0.map { Float($0) }.normalized }
    // The mean without one example is the sum minus the example, so leaving one out needs no new
    // fit.
    let counts = examples.counts
    var left: [(index: Int, cosines: [Double], label: Int)] = []
    for (index, row) in examples.rows.enumerated() where counts[examples.labels[index]] > 1 {
      let label = examples.labels[index]
      var cosines = centroids.map { Self.cosine(row, $0) }
      let others = zip(sums[label], row).map { Float($0 - Double($1)) }.normalized
      cosines[label] = Self.cosine(row, others)
      left.append((index, cosines, label))
    }
    func surprise(_ scale: Double) -> Double {
      left.reduce(0) { $0 - finiteLog($1.cosines.map { $0 * scale }.softmax[$1.label]) }
    }
    let scale =
      left.isEmpty
      ? Self.standardScale
      : Self.scales.map { ($0, surprise($0)) }.min { $0.1 < $1.1 }?.0 ?? Self.standardScale
    self.scale = scale
    validation = CrossValidation(
      folds: examples.rows.count, isLeaveOneOut: true,
      outcomes: left.map { example in
        CrossValidation.Outcome(
          row: example.index, label: example.label,
          probabilities: example.cosines.map { $0 * scale }.softmax)
      }, alone: examples.rows.count - left.count)
  }

  func probabilities(of row: [Float]) -> [Double] {
    let row = row.normalized
    return centroids.map { scale * Self.cosine(row, $0) }.softmax
  }

  private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}

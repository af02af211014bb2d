internal import EfficientNetSystem

/// A ``LogisticRegression`` on features of length 1.
///
/// The optimal weights are linear combinations of the examples. So if there are at most half as
/// many examples as features, everything is computed in the subspace that they span, where a row
/// has at most as many numbers as there are examples.
struct LogisticClassifier: RowClassifier {
  /// The inverse strength of the penalty: scikit-learn's C for features whose mean square distance
  /// from their mean is 1.
  static let standardStrength = 10.0
  /// The tolerance of fits for cross-validation; their logits are off by a hundredth at most.
  private static let validationTolerance = 1e-3

  private let classes: Int
  /// For each class its weights, followed by its bias.
  let parameters: [Double]
  let validation: CrossValidation
  var scale: Double { 1 }

  init(parameters: [Double], classes: Int, validation: CrossValidation) {
    (self.parameters, self.classes, self.validation) = (parameters, classes, validation)
  }

  init(
    _ examples: LabelledFeatures, strength: Double = Self.standardStrength, pool: ThreadPool,
    progress: @Sendable (_ fits: Int) -> Void = { _ in }
  ) {
    classes = examples.classes.count
    let features = examples.rows.map { row in row.map { Double($0) } }
    let mean = Self.mean(of: features)
    // Centered rows with a spread of 1 converge in fewer steps; only the biases see the mean.
    let centered = features.map { row in zip(row, mean).map { $0 - $1 } }
    let scale = 1 / Self.spread(centered).squareRoot()
    let rows = centered.map { row in row.map { scale * $0 } }
    let basis = 2 * examples.rows.count <= examples.dimensions ? Self.basis(of: rows) : nil
    let inputs =
      basis.map { basis in
        rows.map { row in basis.map { dot($0.span, row.span) } }
      } ?? rows
    let all = LogisticRegression(
      rows: inputs, labels: examples.labels, classes: classes,
      strength: strength / Self.spread(inputs), pool: pool)
    let fitted = all.minimum()
    var parameters =
      basis.map { Self.expanded(fitted, $0, classes: examples.classes.count) } ?? fitted
    for bias in stride(from: mean.count, to: parameters.count, by: mean.count + 1) {
      let weights = (bias - mean.count)..<bias
      for index in weights { parameters[index] *= scale }
      parameters[bias] -= dot(parameters.span.extracting(weights), mean.span)
    }
    self.parameters = parameters
    validation = Self.validation(
      examples, all, strength: strength, from: fitted, pool: pool, progress: progress)
  }

  func probabilities(of row: [Float]) -> [Double] {
    LogisticRegression.probabilities(
      of: row.normalized.map { Double($0) }, classes: classes, parameters)
  }

  /// Refits without each fold. The minimum is unique, so each fit starts from the one of all
  /// examples.
  private static func validation(
    _ examples: LabelledFeatures, _ all: LogisticRegression, strength: Double,
    from fitted: [Double], pool: ThreadPool, progress: @Sendable (Int) -> Void
  ) -> CrossValidation {
    let (count, folds) = examples.folds()
    let state = Locked((done: 1, outcomes: [CrossValidation.Outcome]()))
    progress(1)
    pool.forEach(count: count) { fold in
      let left = folds.indices.filter { folds[$0] == fold }
      guard !left.isEmpty else { return }
      let kept = folds.indices.filter { folds[$0] != fold }
      let rows = kept.map { all.rows[$0] }
      let part = LogisticRegression(
        rows: rows, labels: kept.map { all.labels[$0] }, classes: all.classes,
        strength: strength / Self.spread(rows), pool: pool)
      let parameters = part.minimum(from: fitted, tolerance: Self.validationTolerance)
      let outcomes = left.map { index in
        CrossValidation.Outcome(
          row: index, label: all.labels[index],
          probabilities: LogisticRegression.probabilities(
            of: all.rows[index], classes: all.classes, parameters))
      }
      state.withLock {
        $0 = ($0.done + 1, $0.outcomes + outcomes)
        progress($0.done)
      }
    }
    let outcomes = state.withLock { $0.outcomes }.sorted { $0.row < $1.row }
    return CrossValidation(
      folds: count, isLeaveOneOut: count == folds.count, outcomes: outcomes,
      alone: folds.count - outcomes.count)
  }

  private static func mean(of rows: [[Double]]) -> [Double] {
    var mean = [Double](repeating: 0, count: rows[0].count)
    for row in rows {
      for index in mean.indices { mean[index] += row[index] / Double(rows.count) }
    }
    return mean
  }

  /// The mean square distance of rows from their mean. For some networks all features point nearly
  /// the same way.
  static func spread(_ rows: [[Double]]) -> Double {
    let mean = mean(of: rows)
    let squares = rows.reduce(0) { $0 + dot($1.span, $1.span) / Double(rows.count) }
    return max(squares - dot(mean.span, mean.span), 1e-12)
  }

  /// An orthonormal basis of the rows by Gram-Schmidt, with each row orthogonalised twice.
  static func basis(of rows: [[Double]]) -> [[Double]] {
    var basis: [[Double]] = []
    for row in rows {
      var rest = row
      for _ in 0..<2 {
        for direction in basis {
          let share = dot(direction.span, rest.span)
          for index in rest.indices { rest[index] -= share * direction[index] }
        }
      }
      let length = dot(rest.span, rest.span).squareRoot()
      if length > 1e-9 { basis.append(rest.map { $0 / length }) }
    }
    return basis.isEmpty ? [rows[0].map { _ in 0 }] : basis
  }

  /// Converts weights for coordinates in the basis to weights for features.
  private static func expanded(
    _ parameters: [Double], _ basis: [[Double]], classes: Int
  ) -> [Double] {
    (0..<classes).flatMap { c in
      let first = c * (basis.count + 1)
      var weights = [Double](repeating: 0, count: basis[0].count)
      for (place, direction) in basis.enumerated() {
        let weight = parameters[first + place]
        for index in weights.indices { weights[index] += weight * direction[index] }
      }
      return weights + [parameters[first + basis.count]]
    }
  }
}

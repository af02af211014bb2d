public import EfficientNet
public import EfficientNetTraining
internal import EfficientNetReports
internal import EfficientNetSystem

/// The effects of depth, width and resolution, fitted to an experiment as curves with diminishing
/// returns.
///
///     let tradeOff = try TradeOff(folder)
///     let mixes = tradeOff.mixes(doublings: 2)    // best first
///
/// Top-1 is fitted by least squares as c + Σ (aᵢ·uᵢ − bᵢ·uᵢ²), bᵢ ≥ 0, over the three dimensions.
/// Here uᵢ is how often the dimension doubles the operations: log₂ d, 2·log₂ w, 2·log₂ r.
/// Interactions of dimensions are left out, because about twenty networks are too few to estimate
/// them.
public struct TradeOff: Sendable {
  /// The network that was scaled.
  public let baseline: Architecture
  /// The rounding rule of the experiment.
  package private(set) var rule = ScalingRule.released
  /// The number of networks that the curves were fitted to.
  public let points: Int
  /// The root mean square error of the fit, in top-1 from 0 to 1.
  public let deviation: Double
  /// The largest number of measured doublings of the operations.
  public let mostDoublings: Double
  /// The conclusion of the experiment about its best network; nil if it is not known.
  package private(set) var verdict: Verdict?
  /// The largest margin of a difference between the experiment's best network and another one, in
  /// top-1 from 0 to 1, with 95 % confidence; nil if it is not known.
  package private(set) var margin: Double?
  /// Whether no network of the experiment differs significantly from its best.
  private var isWholeTie = false
  private let linear: [Double]
  private let square: [Double]
  /// The variance of an accuracy around the curves, and the degrees of freedom.
  private let variance: Double
  private let freedom: Int
  /// The terms of each network: 1, uᵢ and −uᵢ², or 0 in place of −uᵢ² for a straight line.
  private let terms: [[Double]]

  /// Fits the trade-off to an experiment.
  ///
  /// - Parameter folder: The folder of a complete experiment with a ``DimensionStudy``.
  /// - Throws: `FileError`, also if the experiment has too few results or another study.
  public init(_ folder: ExperimentFolder) throws {
    let settings = try folder.readSettings()
    guard case .dimensions(let study) = settings.study else {
      // All networks of a grid search cost the same, so its results say nothing about the effect of
      // more operations.
      throw FileError(
        path: folder.path,
        reason:
          "it does not measure the effect of more operations; "
          + "use an experiment that scales one dimension at a time")
    }
    let results = try folder.readResults()
    let photos = results.lazy.compactMap(\.validationPhotos).first
    let ranking = Ranking(
      settings.study.candidates, results: results, epochs: settings.recipe.epochs,
      classes: settings.study.baseline.classes, validationPhotos: photos ?? 1)
    let points = ranking.standings.compactMap { standing in
      standing.candidate.factors.flatMap { factors in standing.mean.map { (factors, $0) } }
    }
    guard let result = TradeOff(points, of: settings.study.baseline) else {
      throw FileError(
        path: folder.path,
        reason:
          "\(points.count) of its networks \(points.count == 1 ? "has" : "have") an accuracy, "
          + "but a trade-off needs at least "
          + "\(Self.fewest); finish the experiment, or use more factors")
    }
    self = result
    rule = study.rule
    if photos != nil, let best = ranking.best {
      (verdict, isWholeTie) = (ranking.verdict, ranking.isWholeTie)
      margin = ranking.standings.dropFirst().compactMap { ranking.difference(best, $0)?.margin }
        .max()
    }
  }

  /// The reason why the trade-off is doubtful: the experiment has no clear winner. Nil if it has
  /// one, or if that is not known.
  ///
  /// The accuracy of guessing is taken as that of classes of equal size.
  package var doubt: String? {
    let reason: String
    switch verdict {
    case .best, .notCompared, nil: return nil
    case .tie:
      reason =
        isWholeTie
        ? "the networks of the experiment do not differ significantly"
        : "the experiment has no winner: its highest network is not significantly better than each "
          + "other"
    case .nearChance:
      reason =
        "no network of the experiment is clearly better than guessing, so their order means nothing"
    }
    return "\(reason)"
      + (margin.map {
        "; its margins are \((100 * $0).fixed(1)) points (95 % confidence)"
      } ?? "")
      + (verdict == .nearChance || isWholeTie
        ? "; the α, β and γ chosen by it are no better founded than the paper's" : "")
  }

  /// The fewest networks with an accuracy.
  package static let fewest = 8

  /// Fits factors and accuracies; nil if there are too few.
  init?(_ points: [(factors: CompoundCoefficients, top1: Double)], of baseline: Architecture) {
    guard points.count >= Self.fewest else { return nil }
    self.baseline = baseline
    let doublings = points.map { Self.doublings($0.factors) }
    var rows: [[Double]]
    let accuracies = points.map(\.top1)
    // A curve that bends upward is replaced by a straight line.
    var isStraight = [false, false, false]
    var fit: [Double]
    repeat {
      rows = doublings.map { u in
        [1] + u + zip(u, isStraight).map { $1 ? 0 : -$0 * $0 }
      }
      fit = Self.leastSquares(rows, accuracies)
      guard let bent = (0..<3).first(where: { !isStraight[$0] && fit[4 + $0] < 0 }) else { break }
      isStraight[bent] = true
    } while true
    (linear, square) = (Array(fit[1...3]), (0..<3).map { isStraight[$0] ? 0 : fit[4 + $0] })
    let (a, b) = (linear, square)
    let misses = zip(doublings, accuracies).map { u, top1 in
      top1 - fit[0] - (0..<3).reduce(0) { $0 + a[$1] * u[$1] - b[$1] * u[$1] * u[$1] }
    }
    let squares = misses.reduce(0) { $0 + $1 * $1 }
    deviation = (squares / Double(points.count)).squareRoot()
    (terms, freedom) = (rows, points.count - 4 - isStraight.count { !$0 })
    variance = squares / Double(freedom)
    mostDoublings = doublings.map { $0.reduce(0, +) }.max() ?? 0
    self.points = points.count
  }

  /// Returns how often factors double the operations, in total.
  public static func doublings(of factors: CompoundCoefficients) -> Double {
    doublings(factors).reduce(0, +)
  }

  private static func doublings(_ factors: CompoundCoefficients) -> [Double] {
    [log2(factors.depth), 2 * log2(factors.width), 2 * log2(factors.resolution)]
  }

  /// Returns the predicted gain in top-1 over the baseline, from 0 to 1.
  ///
  /// Beyond ``mostDoublings`` the gain is not extrapolated: it is that of the same mix at
  /// ``mostDoublings``.
  public func gain(_ factors: CompoundCoefficients) -> Double {
    let u = measured(factors)
    return (0..<3).reduce(0) { $0 + linear[$1] * u[$1] - square[$1] * u[$1] * u[$1] }
  }

  /// Returns the 95 % margin of ``gain(_:)`` that follows from the scatter of the accuracies around
  /// the curves. It does not cover curves of another form.
  package func gainMargin(_ factors: CompoundCoefficients) -> Double {
    let u = measured(factors)
    // A straight line has no square.
    let curved = (0..<3).map { axis -> Double in
      terms.allSatisfy { $0[4 + axis] == 0 } ? 0 : -u[axis] * u[axis]
    }
    let change = [0] + u + curved
    let spread = zip(Self.solution(of: terms, change), change).reduce(0) { $0 + $1.0 * $1.1 }
    return studentQuantile(freedom: freedom, above: 0.025) * (variance * spread).squareRoot()
  }

  /// The doublings of each dimension, shortened to ``mostDoublings`` in total.
  private func measured(_ factors: CompoundCoefficients) -> [Double] {
    let u = Self.doublings(factors)
    let total = u.reduce(0, +)
    return total > mostDoublings && total > 0 ? u.map { $0 * mostDoublings / total } : u
  }

  /// Returns all mixes of depth, width and resolution in eighths, best first. Each doubles the
  /// operations per step of φ.
  ///
  /// - Parameter doublings: The number of doublings of the operations at which the mixes are
  ///   compared.
  public func mixes(doublings: Double) -> [CompoundCoefficients] {
    var mixes: [CompoundCoefficients] = []
    for depth in 0...8 {
      for width in 0...(8 - depth) {
        mixes.append(
          CompoundCoefficients(
            depth: exp2(Double(depth) / 8), width: exp2(Double(width) / 16),
            resolution: exp2(Double(8 - depth - width) / 16)))
      }
    }
    return mixes.map { ($0, gain($0.factors(phi: doublings))) }
      .sorted { $0.1 > $1.1 }.map(\.0)
  }

  /// Least squares by the normal equations.
  private static func leastSquares(_ rows: [[Double]], _ values: [Double]) -> [Double] {
    solution(
      of: rows,
      rows[0].indices.map { i in zip(rows, values).reduce(0) { $0 + $1.0[i] * $1.1 } })
  }

  /// Solves the normal equations of rows for a right side, with a small ridge for directions that
  /// the data does not determine.
  private static func solution(of rows: [[Double]], _ right: [Double]) -> [Double] {
    let count = rows[0].count
    let ridge = 1e-6 * Double(rows.count)
    var matrix = (0..<count).map { i -> [Double] in
      let sums = (0..<count).map { j -> Double in
        rows.reduce(0) { $0 + $1[i] * $1[j] } + (i == j ? ridge : 0)
      }
      return sums + [right[i]]
    }
    for column in 0..<count {
      let pivot =
        (column..<count).max { abs(matrix[$0][column]) < abs(matrix[$1][column]) } ?? column
      matrix.swapAt(column, pivot)
      for row in 0..<count where row != column {
        let factor = matrix[row][column] / matrix[column][column]
        for k in column...count { matrix[row][k] -= factor * matrix[column][k] }
      }
    }
    return (0..<count).map { matrix[$0][count] / matrix[$0][$0] }
  }
}

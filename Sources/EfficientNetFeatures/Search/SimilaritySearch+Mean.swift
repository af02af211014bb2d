internal import EfficientNetCompute

/// A search after subtracting what all photos of a folder share. Without it, some photos are near
/// the mean of any queries, whatever these show.
extension SimilaritySearch {
  /// Returns the mean of the rows, each scaled to length 1, without those that have NaN or infinity.
  /// It reads the rows on the calling thread.
  package func mean() -> [Float] {
    var sums = [Double](repeating: 0, count: rows.dimensions)
    var count = 0
    for row in 0..<rows.count {
      let row = rows[row].normalized
      guard row.allSatisfy(\.isFinite) else { continue }
      for index in row.indices { sums[index] += Double(row[index]) }
      count += 1
    }
    return sums.map { Float($0 / Double(max(1, count))) }
  }

  /// Returns the rows most similar to each query by the cosine after subtracting a mean from the
  /// query and from the rows, which are scaled to length 1.
  ///
  /// - Parameters:
  ///   - limit: The largest number of rows to return per query.
  ///   - queries: Features scaled to length 1, or the mean of such features.
  ///   - mean: The result of ``mean()``.
  /// - Throws: As the synchronous `best`.
  package func results(
    _ limit: Int, for queries: [[Float]], subtracting mean: [Float]
  ) throws(FeaturesError) -> Results {
    try check(queries)
    let directions = queries.map { zip($0, mean).map { $0 - $1 }.normalized }
    return try results(limit, for: directions, Centering(mean, directions))
  }
}

/// `(x·d − m·d) / |x − m|`, where `|x − m|² = 1 − 2 x·m + |m|²`: the cosine of x − m with a
/// direction d, for a row x and a direction d of length 1, and a mean m.
struct Centering: Sendable {
  let mean: [Float]
  private let square: Float
  /// m·d for each direction.
  private let products: [Float]

  init(_ mean: [Float], _ directions: [[Float]]) {
    func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    (self.mean, square) = (mean, dot(mean, mean))
    products = directions.map { dot(mean, $0) }
  }

  /// Returns the cosines after subtracting the mean; 0 for a row that equals the mean, NaN for one
  /// that is not finite.
  ///
  /// - Parameter cosines: The cosines of rows with the directions, then with the mean:
  ///   (directions + 1, rows).
  /// - Returns: (directions, rows).
  func cosines(_ cosines: [Float]) -> [Float] {
    let count = cosines.count / (products.count + 1)
    let length = square.squareRoot()
    return (0..<products.count * count).map { index in
      // A row that is not finite stays so: limits would make a number of it.
      guard cosines[index].isFinite else { return .nan }
      let alongMean = length * cosines[products.count * count + index % count]
      let distance = max(0, 1 - 2 * alongMean + square).squareRoot()
      let cosine = (cosines[index] - products[index / count]) / distance
      // Closer to the mean, a row differs from it by rounding only.
      return distance < 1e-3 ? 0 : min(max(cosine, -1), 1)
    }
  }
}

/// What maps of one kind are worth, over photos.
package struct FaithfulnessScore: Encodable {
  package let name: String
  package let deletion, insertion: Area
  /// The mean curves, from none of the pixels to all of them.
  package let deletionCurve, insertionCurve: [Double]
  /// Share of the photos whose map by the method has the better curve; nil for that itself.
  package let methodDeletesBetter, methodInsertsBetter: Double?

  /// A mean over photos and its standard error.
  package struct Area: Encodable {
    package let mean: Double
    /// Nil for one photo, which says nothing about others.
    package let error: Double?

    init(_ values: [Double]) {
      let count = Double(values.count)
      let mean = values.reduce(0, +) / count
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      self.mean = mean
      error = count > 1 ? (squares / (count - 1) / count).squareRoot() : nil
    }
  }

  /// - Parameters:
  ///   - curves: Of the maps, a pair for each photo; at least one.
  ///   - method: Of the maps that the others are compared with; nil for these themselves.
  package init(
    _ name: String, _ curves: [FaithfulnessMeter.Curves], method: [FaithfulnessMeter.Curves]?
  ) {
    self.name = name
    deletion = Area(curves.map(\.deletion.area))
    insertion = Area(curves.map(\.insertion.area))
    deletionCurve = Self.mean(curves.map(\.deletion))
    insertionCurve = Self.mean(curves.map(\.insertion))
    guard let method else {
      (methodDeletesBetter, methodInsertsBetter) = (nil, nil)
      return
    }
    let pairs = Array(zip(method, curves))
    func share(_ isBetter: (FaithfulnessMeter.Curves, FaithfulnessMeter.Curves) -> Bool) -> Double {
      Double(pairs.count { isBetter($0.0, $0.1) }) / Double(pairs.count)
    }
    methodDeletesBetter = share { $0.deletion.area < $1.deletion.area }
    methodInsertsBetter = share { $0.insertion.area > $1.insertion.area }
  }

  private static func mean(_ curves: [FaithfulnessMeter.Curve]) -> [Double] {
    (0..<(curves.first?.probabilities.count ?? 0)).map { step in
      curves.reduce(0) { $0 + $1.probabilities[step] } / Double(curves.count)
    }
  }
}

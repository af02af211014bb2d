/// The faithfulness of one kind of map, over many photos.
package struct FaithfulnessScore: Encodable {
  package let name: String
  package let deletion, insertion: Area
  /// The mean curves, from no changed pixel to all pixels changed.
  package let deletionCurve, insertionCurve: [Double]
  /// The share of photos on which the method's map has the better curve, of those on which the
  /// areas of the two differ; nil for the method itself, and if all are tied.
  package let methodDeletesBetter, methodInsertsBetter: Double?
  /// The numbers of photos by the map that has the better curve; nil for the method itself.
  package let deletionWins, insertionWins: Wins?
  /// The mean over photos of the method's area minus that of this map; nil for the method itself.
  package let deletionDifference, insertionDifference: Area?

  /// The numbers of photos on which the method's map has the better curve, the worse one, or one of
  /// the same area.
  package struct Wins: Encodable {
    package let better, worse, tied: Int

    /// Counts the gains of the method, one for each photo.
    init(_ gains: [Double]) {
      (better, worse) = (gains.count { $0 > 0 }, gains.count { $0 < 0 })
      tied = gains.count - better - worse
    }

    /// The share of the better ones without ties; nil if all are tied.
    package var share: Double? {
      better + worse == 0 ? nil : Double(better) / Double(better + worse)
    }
  }

  /// A mean over photos and its standard error.
  package struct Area: Encodable {
    package let mean: Double
    /// The standard error; nil for a single photo.
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
  ///   - name: The name of this kind of map.
  ///   - curves: The curves of its map for each photo; at least one.
  ///   - method: The curves of the method that it is compared with; nil for the method itself.
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
      (deletionWins, insertionWins) = (nil, nil)
      (deletionDifference, insertionDifference) = (nil, nil)
      return
    }
    let pairs = Array(zip(method, curves))
    let deletions = pairs.map { $0.0.deletion.area - $0.1.deletion.area }
    let insertions = pairs.map { $0.0.insertion.area - $0.1.insertion.area }
    let (deleted, inserted) = (Wins(deletions.map { -$0 }), Wins(insertions))
    (deletionWins, insertionWins) = (deleted, inserted)
    (methodDeletesBetter, methodInsertsBetter) = (deleted.share, inserted.share)
    deletionDifference = Area(deletions)
    insertionDifference = Area(insertions)
  }

  private static func mean(_ curves: [FaithfulnessMeter.Curve]) -> [Double] {
    (0..<(curves.first?.probabilities.count ?? 0)).map { step in
      curves.reduce(0) { $0 + $1.probabilities[step] } / Double(curves.count)
    }
  }
}

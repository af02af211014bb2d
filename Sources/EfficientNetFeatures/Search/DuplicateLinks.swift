internal import EfficientNetCompute

/// The explanation of a group of duplicates: how each row is connected with the first one.
struct DuplicateLinks {
  private let matrices: [(rows: FeatureMatrix, blocks: CosineBlocks)]
  private let threshold: Float

  /// Two rows have slightly different cosines, depending on which of them is the query: the other
  /// one's length is divided out in another order.
  private static let rounding: Float = 1e-4

  /// - Parameters:
  ///   - matrices: Rows of the same photos at one or several resolutions.
  ///   - threshold: The smallest cosine of duplicates.
  init(_ matrices: [FeatureMatrix], threshold: Float) {
    self.matrices = matrices.map { ($0, CosineBlocks($0, kernels: .preferred)) }
    self.threshold = threshold
  }

  /// Returns the members of a group, in the order of its rows.
  ///
  /// A row below the threshold is reached from the first one in the fewest steps. If several rows
  /// lead to it in as many steps, it is reached from the one with the largest cosine.
  func members(of group: [Int]) -> [DuplicateGroups.Member] {
    var left = Array(group.dropFirst())
    var layer = [group[0]]
    var found = [group[0]: DuplicateGroups.Member(row: group[0], cosine: 1, via: nil)]
    var isFirst = true
    var cosines: [Int: Float] = [:]
    while !left.isEmpty {
      let search = LayerSearch(matrices, layer)
      var next: [Int] = []
      for row in left {
        let best = search.best(for: row)
        if isFirst { cosines[row] = best.cosine }
        guard best.cosine >= threshold - Self.rounding else { continue }
        next.append(row)
        found[row] = DuplicateGroups.Member(
          row: row, cosine: cosines[row] ?? -1, via: isFirst ? nil : best.row)
      }
      if next.isEmpty {
        let nearest = nearest(of: left, to: group.filter { found[$0] != nil })
        next = [nearest.row]
        found[nearest.row] = DuplicateGroups.Member(
          row: nearest.row, cosine: cosines[nearest.row] ?? -1, via: nearest.via)
      }
      left.removeAll { found[$0] != nil }
      (layer, isFirst) = (next, false)
    }
    return group.compactMap { found[$0] }
  }

  /// Returns the row with the largest cosine with one of the connected rows.
  ///
  /// It connects the rest of a group whose rows are so long that rounding exceeds the tolerance.
  private func nearest(of rows: [Int], to connected: [Int]) -> (row: Int, via: Int) {
    let search = LayerSearch(matrices, connected)
    var nearest = (row: rows[0], via: connected[0])
    var largest = -Float.infinity
    for row in rows {
      let best = search.best(for: row)
      if best.cosine > largest { (nearest, largest) = ((row, best.row), best.cosine) }
    }
    return nearest
  }
}

/// Compares rows with all rows of a layer.
private struct LayerSearch {
  private let layer: [Int]
  /// For each matrix its blocks, and the layer's rows scaled to length 1.
  private let parts: [(blocks: CosineBlocks, directions: [Float])]

  init(_ matrices: [(rows: FeatureMatrix, blocks: CosineBlocks)], _ layer: [Int]) {
    self.layer = layer
    parts = matrices.map { matrix in
      (matrix.blocks, layer.flatMap { matrix.rows[$0].normalized })
    }
  }

  /// Returns the row of the layer that has the largest cosine with a row, the first of equal ones.
  func best(for row: Int) -> (row: Int, cosine: Float) {
    var best = (row: layer[0], cosine: -Float.infinity)
    for part in parts {
      let cosines = part.blocks.cosines(of: row..<(row + 1), part.directions)
      // NaN is not larger than any number.
      for (place, cosine) in cosines.enumerated() where cosine > best.cosine {
        best = (layer[place], cosine)
      }
    }
    return best
  }
}

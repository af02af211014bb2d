extension String {
  /// The text of a list that this one may have been meant to be: the nearest one, if no more than three letters, and less
  /// than half of them, have to be changed, added or left out.
  func nearest(in names: [String]) -> String? {
    let nearest = names.map { (name: $0, distance: distance(to: $0)) }
      .min { $0.distance < $1.distance }
    guard let nearest, nearest.distance <= 3, 2 * nearest.distance < count else { return nil }
    return nearest.name
  }

  /// The number of letters to change, add or leave out.
  ///
  /// Source: [Levenshtein distance](https://en.wikipedia.org/wiki/Levenshtein_distance).
  private func distance(to other: String) -> Int {
    let other = Array(other)
    var row = Array(0...other.count)
    for (place, letter) in enumerated() {
      var diagonal = row[0]
      row[0] = place + 1
      for column in other.indices {
        let changed = diagonal + (letter == other[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = Swift.min(changed, row[column] + 1, diagonal + 1)
      }
    }
    return row[other.count]
  }
}

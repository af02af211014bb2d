import EfficientNet

extension String {
  /// The text of a list that this one may have been meant to be: the nearest one, if no more than three letters, and less
  /// than half of them, have to be changed, added or left out.
  func nearest(in names: [String]) -> String? {
    let nearest = names.map { (name: $0, distance: edits(to: $0)) }
      .min { $0.distance < $1.distance }
    guard let nearest, nearest.distance <= 3, 2 * nearest.distance < count else { return nil }
    return nearest.name
  }
}

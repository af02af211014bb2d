import EfficientNet
import EfficientNetReports
import EfficientNetTraining

/// The note on photos that are smaller than what networks resize them to.
struct SmallPhotos {
  /// The typical length of the photos' shorter side in pixels.
  let side: Int
  /// Whether training shows random parts of photos, so that the crop of the preprocessing holds only
  /// in validation and later use.
  let showsParts: Bool

  init(side: Int, showsParts: Bool) {
    (self.side, self.showsParts) = (side, showsParts)
  }

  /// Reads the headers of some training photos; nil if none can be read.
  init?(_ data: DataSplit, _ recipe: Recipe) {
    guard let side = data.training.typicalSide else { return nil }
    self.init(side: side, showsParts: recipe.augmentation.crop != nil)
  }

  /// Returns the note on networks with these preprocessings; nil if all networks shrink the photos.
  ///
  /// For instance "the photos typically have 32 pixels on the shorter side; in validation and later
  /// use, the network enlarges them to 37, which adds no detail, and sees only their middle 28
  /// pixels; --crop 1 shows all 32".
  func note(for networks: [Preprocessing]) -> String? {
    let enlarging = networks.filter { $0.resize > side }.sorted { $0.crop < $1.crop }
    guard let first = enlarging.first, let last = enlarging.last else { return nil }
    let isOne = networks.count == 1
    let subject =
      isOne
      ? "the network enlarges"
      : enlarging.count == networks.count
        ? "the networks enlarge"
        : "the networks with an input of \(first.crop) pixels or more enlarge"
    let size =
      first.resize == last.resize
      ? "\(last.resize)" : "between \(first.resize) and \(last.resize)"
    // The pixels of the photo inside the crop.
    let visible = Int((Double(first.crop * side) / Double(first.resize)).rounded())
    let part =
      visible < side
      ? ", and \(isOne ? "sees" : "see") only their middle \(visible.counted("pixel", "pixels")); "
        + "--crop 1 shows all \(side)"
      : ""
    return "the photos typically have \(side.counted("pixel", "pixels")) on the shorter side; "
      + (showsParts ? "in validation and later use, " : "")
      + "\(subject) them to \(size), which adds no detail\(part)"
  }
}

extension Architecture {
  /// The note that depthwise filters read maps of one pixel; nil if none does.
  ///
  /// - Parameter hasWeights: Whether the network has weights, so that it must keep its stages.
  func onePixelNote(hasWeights: Bool = false) -> String? {
    let count = onePixelStages
    guard count > 0 else { return nil }
    return "\(count) of the \(stages.count.counted("stage", "stages")) of \(name) "
      + "\(count == 1 ? "reads" : "read") maps of 1×1 pixel at \(resolution) pixels, where a "
      + "depthwise filter has no neighbors to see; use a higher --resolution"
      + (hasWeights ? "" : " or fewer stages (--stages)")
  }
}

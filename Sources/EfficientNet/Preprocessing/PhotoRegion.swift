/// The part of a photo that a network sees, in the photo's pixels: not always whole ones, and beyond its edges where the
/// network's input is padded.
public struct PhotoRegion: Hashable, Encodable, Sendable {
  /// From the photo's left edge.
  public var left: Double
  /// From the photo's top edge.
  public var top: Double
  /// Pixels across.
  public var width: Double
  /// Pixels down.
  public var height: Double

  /// A region.
  package init(left: Double, top: Double, width: Double, height: Double) {
    (self.left, self.top, self.width, self.height) = (left, top, width, height)
  }
}

extension Preprocessing {
  /// What of a photo of this size becomes the network's input.
  ///
  /// - Precondition: the sides are at least 1.
  package func region(width: Int, height: Int) -> PhotoRegion {
    let size = resizedSize(width: width, height: height)
    let (across, down) = (
      CenterCrop(side: crop, of: size.width), CenterCrop(side: crop, of: size.height)
    )
    let scale = (x: Double(width) / Double(size.width), y: Double(height) / Double(size.height))
    return PhotoRegion(
      left: Double(across.first) * scale.x, top: Double(down.first) * scale.y,
      width: Double(crop) * scale.x, height: Double(crop) * scale.y)
  }
}

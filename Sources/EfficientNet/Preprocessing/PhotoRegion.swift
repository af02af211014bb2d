/// The part of a photo that a network sees, in the photo's pixels. The values may be fractional,
/// and lie outside the photo where the network's input is padded.
public struct PhotoRegion: Hashable, Encodable, Sendable {
  /// The distance from the photo's left edge in pixels.
  public var left: Double
  /// The distance from the photo's top edge in pixels.
  public var top: Double
  /// The width in pixels.
  public var width: Double
  /// The height in pixels.
  public var height: Double

  package init(left: Double, top: Double, width: Double, height: Double) {
    (self.left, self.top, self.width, self.height) = (left, top, width, height)
  }
}

extension Preprocessing {
  /// Returns the part of a photo of this size that becomes the network's input.
  ///
  /// - Precondition: Both sides are at least 1.
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

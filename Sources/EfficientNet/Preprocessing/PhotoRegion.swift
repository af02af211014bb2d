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
  public init(left: Double, top: Double, width: Double, height: Double) {
    (self.left, self.top, self.width, self.height) = (left, top, width, height)
  }
}

extension Preprocessing {
  /// What of a photo of this size becomes the network's input.
  ///
  /// - Precondition: the sides are at least 1.
  public func region(width: Int, height: Int) -> PhotoRegion {
    let size = resizedSize(width: width, height: height)
    func range(_ resized: Int, of length: Int) -> (first: Double, length: Double) {
      let visible = CenterCrop(side: crop, of: resized)
      let scale = Double(length) / Double(resized)
      return (Double(visible.visible.lowerBound - visible.padding) * scale, Double(crop) * scale)
    }
    let across = range(size.width, of: width)
    let down = range(size.height, of: height)
    return PhotoRegion(
      left: across.first, top: down.first, width: across.length, height: down.length)
  }
}

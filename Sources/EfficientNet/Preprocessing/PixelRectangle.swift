/// A part of a picture, in pixels from its top left corner.
public struct PixelRectangle: Hashable, Sendable {
  /// The first column.
  public var left: Int
  /// The first row.
  public var top: Int
  /// Columns.
  public var width: Int
  /// Rows.
  public var height: Int

  /// A rectangle of `width` × `height` pixels.
  public init(left: Int, top: Int, width: Int, height: Int) {
    (self.left, self.top, self.width, self.height) = (left, top, width, height)
  }

  /// The columns.
  public var columns: Range<Int> { left..<(left + width) }
  /// The rows.
  public var rows: Range<Int> { top..<(top + height) }
}

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

  /// Whether another rectangle has pixels and all of them are pixels of this one.
  package func contains(_ other: PixelRectangle) -> Bool {
    other.width > 0 && other.height > 0 && other.left >= left && other.top >= top
      && other.width <= left + width - other.left && other.height <= top + height - other.top
  }

  /// The columns.
  ///
  /// - Precondition: ``width`` is not negative, and the last column's number fits in an `Int`.
  public var columns: Range<Int> { left..<(left + width) }
  /// The rows.
  ///
  /// - Precondition: ``height`` is not negative, and the last row's number fits in an `Int`.
  public var rows: Range<Int> { top..<(top + height) }
}

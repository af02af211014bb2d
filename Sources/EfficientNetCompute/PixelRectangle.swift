/// A part of a picture, in pixels from its top left corner.
package struct PixelRectangle: Hashable, Sendable {
  /// The first column and the first row.
  package var left, top: Int
  /// Columns and rows.
  package var width, height: Int

  package init(left: Int, top: Int, width: Int, height: Int) {
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
  package var columns: Range<Int> { left..<(left + width) }
  /// The rows.
  ///
  /// - Precondition: ``height`` is not negative, and the last row's number fits in an `Int`.
  package var rows: Range<Int> { top..<(top + height) }
}

/// A rectangle in a picture, in pixels from the top left corner.
package struct PixelRectangle: Hashable, Sendable {
  /// The first column and the first row.
  package var left, top: Int
  /// The number of columns and rows.
  package var width, height: Int

  package init(left: Int, top: Int, width: Int, height: Int) {
    (self.left, self.top, self.width, self.height) = (left, top, width, height)
  }

  /// Returns whether another rectangle is not empty and lies inside this one.
  package func contains(_ other: PixelRectangle) -> Bool {
    other.width > 0 && other.height > 0 && other.left >= left && other.top >= top
      && other.width <= left + width - other.left && other.height <= top + height - other.top
  }

  /// The columns.
  ///
  /// - Precondition: `width` is not negative, and the last column's index fits in an `Int`.
  package var columns: Range<Int> { left..<(left + width) }
  /// The rows.
  ///
  /// - Precondition: `height` is not negative, and the last row's index fits in an `Int`.
  package var rows: Range<Int> { top..<(top + height) }
}

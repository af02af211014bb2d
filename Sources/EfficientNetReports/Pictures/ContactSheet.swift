package import EfficientNetCompute

/// Pictures side by side, as one.
///
///     let sheet = ContactSheet(columns: 8).picture(of: shown)
package struct ContactSheet: Hashable, Sendable {
  /// Pictures in a row.
  package let columns: Int
  /// Pixels between pictures, and around them.
  package let gap: Int
  /// The gray of what no picture covers.
  package let background: UInt8

  /// A sheet of so many columns.
  ///
  /// - Precondition: there is a column, and the gap is not negative.
  package init(columns: Int, gap: Int = 4, background: UInt8 = 255) {
    precondition(columns >= 1 && gap >= 0, "\(columns) columns, \(gap) pixels apart")
    (self.columns, self.gap, self.background) = (columns, gap, background)
  }

  /// The pictures row by row, each in the middle of a cell that the largest of them fills.
  ///
  /// - Precondition: there is a picture, and the sheet has fewer than 2⁶³ bytes.
  package func picture(of pictures: [PixelBuffer]) -> PixelBuffer {
    precondition(!pictures.isEmpty, "a contact sheet needs a picture")
    let cell = (
      width: pictures.reduce(0) { max($0, $1.width) },
      height: pictures.reduce(0) { max($0, $1.height) }
    )
    let columns = min(columns, pictures.count)
    let rows = (pictures.count + columns - 1) / columns
    var sheet = PixelBuffer(
      width: gap + columns * (cell.width + gap), height: gap + rows * (cell.height + gap),
      repeating: background)
    for (index, picture) in pictures.enumerated() {
      sheet.put(
        picture,
        left: gap + index % columns * (cell.width + gap) + (cell.width - picture.width) / 2,
        top: gap + index / columns * (cell.height + gap) + (cell.height - picture.height) / 2)
    }
    return sheet
  }
}

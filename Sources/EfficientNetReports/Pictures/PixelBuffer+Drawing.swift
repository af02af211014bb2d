package import EfficientNetCompute

/// Composition of pictures and drawing.
extension PixelBuffer {
  /// Returns pictures of the same width, one below the other.
  ///
  /// - Precondition: There is at least one picture.
  package static func stack(_ pictures: [PixelBuffer]) -> PixelBuffer {
    for picture in pictures {
      precondition(
        picture.width == pictures[0].width,
        "\(picture.width) pixels below \(pictures[0].width)")
    }
    return PixelBuffer(
      width: pictures[0].width, height: pictures.reduce(0) { $0 + $1.height },
      bytes: pictures.flatMap(\.bytes))
  }

  /// Returns pictures in rows, each centered in a cell of the size of the largest picture.
  ///
  /// - Parameters:
  ///   - columns: The number of pictures in a row.
  ///   - gap: The number of pixels between and around pictures.
  ///   - background: The gray level of the empty area.
  /// - Precondition: There are at least one picture and one column, and the sheet has fewer than
  ///   2⁶³ bytes.
  package static func sheet(
    of pictures: [PixelBuffer], columns: Int, gap: Int, background: UInt8 = 255
  ) -> PixelBuffer {
    precondition(
      !pictures.isEmpty && columns >= 1 && gap >= 0,
      "\(pictures.count) pictures in \(columns) columns, \(gap) pixels apart")
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

  package func enlarged(by factor: Int) -> PixelBuffer {
    guard factor > 1 else { return self }
    var enlarged: [UInt8] = []
    enlarged.reserveCapacity(factor * factor * bytes.count)
    for row in 0..<height {
      let pixels = (0..<width).map {
        bytes[(3 * (row * width + $0))..<(3 * (row * width + $0) + 3)]
      }
      let line = pixels.flatMap { pixel in repeatElement(pixel, count: factor).joined() }
      for _ in 0..<factor { enlarged += line }
    }
    return PixelBuffer(width: factor * width, height: factor * height, bytes: enlarged)
  }

  /// Fills a rectangle with a color; parts outside the picture are ignored.
  package mutating func fill(
    _ rectangle: PixelRectangle, red: UInt8, green: UInt8, blue: UInt8
  ) {
    let columns = rectangle.columns.clamped(to: 0..<width)
    let rows = rectangle.rows.clamped(to: 0..<height)
    let width = width
    withMutableBytes { pixels in
      for row in rows {
        for column in columns {
          let place = 3 * (row * width + column)
          (pixels[place], pixels[place + 1], pixels[place + 2]) = (red, green, blue)
        }
      }
    }
  }
}

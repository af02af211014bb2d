internal import EfficientNetCompute

/// The turn or reflection that puts a stored picture upright: the EXIF tag 0x0112.
///
/// Each case is named after the operation on the stored picture, as in Pillow's
/// `ImageOps.exif_transpose`.
///
/// Source: [Exif 2.32](https://www.cipa.jp/std/documents/e/DC-008-Translation-2019-E.pdf), section
/// 4.6.4 A.
enum Orientation: Int, CaseIterable, Sendable {
  case unchanged = 1
  case mirroredLeftRight
  case turnedHalf
  case mirroredTopBottom
  case transposed
  case turnedRight
  case transversed
  case turnedLeft

  /// Whether the operation swaps width and height.
  var swapsSides: Bool { rawValue >= Self.transposed.rawValue }
}

extension PixelBuffer {
  /// Returns the picture turned upright. Pixel (x, y) of the result is the stored pixel
  /// `origin + x · right + y · down`, counted row by row.
  ///
  /// - Shapes: (height, width), or (width, height) for the four orientations that swap the sides.
  func upright(from orientation: Orientation) -> PixelBuffer {
    let (w, h) = (width, height)
    let last = w * h - 1
    let (origin, right, down) =
      switch orientation {
      case .unchanged: (0, 1, w)
      case .mirroredLeftRight: (w - 1, -1, w)
      case .turnedHalf: (last, -1, -w)
      case .mirroredTopBottom: (last + 1 - w, 1, -w)
      case .transposed: (0, w, 1)
      case .turnedRight: (last + 1 - w, -w, 1)
      case .transversed: (last, -w, -1)
      case .turnedLeft: (w - 1, w, -1)
      }
    if orientation == .unchanged { return self }
    let (width, height) = orientation.swapsSides ? (h, w) : (w, h)
    let stored = bytes.span
    let turned = [UInt8](capacity: stored.count) { output in
      for y in 0..<height {
        for x in 0..<width {
          let source = 3 * (origin + x * right + y * down)
          for channel in 0..<3 { output.append(stored[source + channel]) }
        }
      }
    }
    return PixelBuffer(width: width, height: height, bytes: turned)
  }
}

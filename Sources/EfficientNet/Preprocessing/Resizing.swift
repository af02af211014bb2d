public import EfficientNetCompute

extension PixelBuffer {
  /// The picture at another size, or a window of it: the same pixels as Pillow 13's `Image.resize`.
  ///
  /// One axis is resampled and rounded to 8 bits, then the other; ``ResizingTaps`` states the sum. Only what
  /// the window shows is computed, and the pixels are those of resizing everything and cropping.
  ///
  ///     let middle = PixelRectangle(left: 58, top: 16, width: 224, height: 224)
  ///     photo.resized(width: 341, height: 256, interpolation: .bicubic, window: middle)
  ///
  /// - Parameter window: The part of the *resized* picture that is wanted; all of it by default.
  /// - Precondition: sides are at least 1 and the window lies inside the resized picture.
  public func resized(
    width: Int, height: Int, interpolation: Interpolation, window: PixelRectangle? = nil
  ) -> PixelBuffer {
    precondition(width > 0 && height > 0, "cannot resize to \(width)×\(height)")
    let window = window ?? PixelRectangle(left: 0, top: 0, width: width, height: height)
    precondition(
      window.left >= 0 && window.top >= 0 && window.width > 0 && window.height > 0
        && window.width <= width - window.left && window.height <= height - window.top,
      "the window \(window) is not inside \(width)×\(height)")
    let columns = ResizingTaps(
      input: self.width, output: width, window: window.columns, interpolation: interpolation)
    let rows = ResizingTaps(
      input: self.height, output: height, window: window.rows, interpolation: interpolation)
    // Pillow goes down the columns first where that removes many more pixels than going along the
    // rows: since version 13, whose condition this is; older ones always go along the rows first.
    // Source: https://github.com/python-pillow/Pillow/pull/9549 and trials with 400 random sizes.
    let losesHeight = self.height - height > max(0, 2 * (self.width - width))
    let resized =
      losesHeight
      ? resampledDown(rows, columns: columns.source).resampledAlong(columns)
      : resampledAlong(columns, rows: rows.source).resampledDown(rows)
    return resized
  }
}

/// Half a unit of the result, so that shifting rounds.
private let half: Int32 = 1 << (Int32(ResizingTaps.fractionBits) - 1)

/// The fixed-point sum as a byte.
@inline(__always)
private func byte(_ sum: Int32) -> UInt8 {
  UInt8(truncatingIfNeeded: min(max(sum >> Int32(ResizingTaps.fractionBits), 0), 255))
}

extension PixelBuffer {
  /// Weighted sums along each of the given rows, or of all.
  ///
  /// - Shapes: self (height, width, 3), result (rows.count, taps, 3). Taps count from column 0 of the source
  ///   picture, of which self may hold only ``ResizingTaps/source``.
  fileprivate func resampledAlong(_ taps: ResizingTaps, rows: Range<Int>? = nil) -> PixelBuffer {
    let rows = rows ?? 0..<height
    let skipped = rows.count == height && width == taps.source.count ? taps.source.lowerBound : 0
    return self
  }
}

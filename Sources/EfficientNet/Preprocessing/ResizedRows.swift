internal import EfficientNetCompute

/// The rows of a window of a resized picture, computed when they are asked for.
///
/// One axis is resampled when it is made, the other with the rows: where they are used at once, the resized picture
/// need not exist.
struct ResizedRows {
  /// Pixels a row.
  let width: Int
  /// The picture after the first pass, cut to what the window shows.
  private let middle: PixelBuffer
  /// Whether the second pass goes down the columns.
  private let isDown: Bool
  private let taps: ResizingTaps
  private let kernels: Kernels

  /// The rows of `window`, a part of `source` at another size.
  ///
  /// - Precondition: sides are at least 1 and the window lies inside the resized picture.
  init(
    of source: PixelBuffer, width: Int, height: Int, interpolation: Interpolation,
    window: PixelRectangle, kernels: Kernels = .preferred
  ) {
    precondition(width > 0 && height > 0, "cannot resize to \(width)×\(height)")
    precondition(
      window.left >= 0 && window.top >= 0 && window.width > 0 && window.height > 0
        && window.width <= width - window.left && window.height <= height - window.top,
      "the window \(window) is not inside \(width)×\(height)")
    let columns = ResizingTaps(
      input: source.width, output: width, window: window.columns, interpolation: interpolation)
    let rows = ResizingTaps(
      input: source.height, output: height, window: window.rows, interpolation: interpolation)
    (self.width, self.kernels) = (window.width, kernels)
    // Pillow goes down the columns first where that removes more than twice as many pixels of height as
    // going along the rows removes of width; until version 13 it went along the rows first.
    // Source: https://github.com/python-pillow/Pillow/pull/9549, its condition found by trying 400 sizes.
    isDown = source.height - height <= max(0, 2 * (source.width - width))
    let size =
      isDown
      ? (width: window.width, height: rows.source.count)
      : (width: columns.source.count, height: window.height)
    let bytes = [UInt8](capacity: 3 * size.width * size.height) { [isDown] output in
      if isDown {
        source.resizedAlong(columns, rows: rows.source, kernels: kernels, to: &output)
      } else {
        source.resizedDown(
          rows, outputs: 0..<window.height, columns: columns.source, kernels: kernels, to: &output)
      }
    }
    middle = PixelBuffer(width: size.width, height: size.height, bytes: bytes)
    taps = isDown ? rows.fromZero : columns.fromZero
  }

  /// Appends some rows of the window.
  ///
  /// - Shapes: output (rows.count, width, 3).
  func append(_ rows: Range<Int>, to output: inout OutputSpan<UInt8>) {
    if isDown {
      middle.resizedDown(
        taps, outputs: rows, columns: 0..<width, kernels: kernels, to: &output)
    } else {
      middle.resizedAlong(taps, rows: rows, kernels: kernels, to: &output)
    }
  }
}

extension PixelBuffer {
  /// Transposed, sixteen rows of more columns would take much memory for what may be a picture of one row.
  private static let mostColumnsAtOnce = 1 << 16

  /// Weighted sums along each of the given rows.
  fileprivate func resizedAlong(
    _ taps: ResizingTaps, rows: Range<Int>, kernels: Kernels, to output: inout OutputSpan<UInt8>
  ) {
    if taps.source.count > Self.mostColumnsAtOnce {
      // A row of pixels is also a column of rows that are one pixel wide.
      for row in rows {
        for index in taps.first.indices {
          kernels.resizeDown(
            bytes.span.extracting((3 * width * row)...), stride: 3, bytes: 3, taps: taps,
            index: index, to: &output)
        }
      }
      return
    }
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Kernels.resizeRows) {
      kernels.resizeAlong(
        bytes.span.extracting((3 * width * first)...), stride: 3 * width,
        rows: min(Kernels.resizeRows, rows.upperBound - first), taps: taps, to: &output)
    }
  }

  /// Weighted sums down the given columns: the given ones of the rows that `taps` describe.
  fileprivate func resizedDown(
    _ taps: ResizingTaps, outputs: Range<Int>, columns: Range<Int>, kernels: Kernels,
    to output: inout OutputSpan<UInt8>
  ) {
    for row in outputs {
      kernels.resizeDown(
        bytes.span.extracting((3 * columns.lowerBound)...), stride: 3 * width,
        bytes: 3 * columns.count, taps: taps, index: row, to: &output)
    }
  }
}

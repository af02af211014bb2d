internal import EfficientNetCompute

/// The rows of a window of a resized picture, computed on request.
///
/// The initializer resamples one axis; the other is resampled with the requested rows. A caller
/// that uses the rows at once needs no memory for the whole resized picture.
struct ResizedRows {
  let width, height: Int
  /// The picture after the first pass, cut to the pixels that the window needs.
  private let middle: PixelBuffer
  /// Whether the second pass resizes down the columns.
  private let isDown: Bool
  private let taps: ResizingTaps
  private let kernels: Kernels

  /// Prepares the rows of `window`, a part of `source` at another size.
  ///
  /// - Parameter region: The part of `source` to resize, without regard to the pixels around it;
  ///   all of it by default.
  /// - Precondition: All sides are at least 1, the region lies inside the source and the window
  ///   inside the resized picture.
  init(
    of source: PixelBuffer, region: PixelRectangle? = nil, width: Int, height: Int,
    interpolation: Interpolation, window: PixelRectangle, kernels: Kernels = .preferred
  ) {
    let region = region ?? source.bounds
    precondition(
      source.bounds.contains(region), "the region \(region) is not inside \(source.bounds)")
    precondition(width > 0 && height > 0, "cannot resize to \(width)×\(height)")
    precondition(
      PixelRectangle(left: 0, top: 0, width: width, height: height).contains(window),
      "the window \(window) is not inside \(width)×\(height)")
    let columns = ResizingTaps(
      input: region.width, output: width, window: window.columns, interpolation: interpolation)
    let rows = ResizingTaps(
      input: region.height, output: height, window: window.rows, interpolation: interpolation)
    (self.width, self.height, self.kernels) = (window.width, window.height, kernels)
    // Pillow resizes down the columns first if that removes more than twice as many pixels of
    // height as resizing along the rows removes of width. Before version 13 it resized along the
    // rows first. Source: https://github.com/python-pillow/Pillow/pull/9549; the exact condition
    // was found by testing 400 sizes.
    isDown = region.height - height <= max(0, 2 * (region.width - width))
    let size =
      isDown
      ? (width: window.width, height: rows.source.count)
      : (width: columns.source.count, height: window.height)
    let bytes = [UInt8](capacity: 3 * size.width * size.height) { [isDown] output in
      if isDown {
        source.resizedAlong(columns, rows: rows.source, of: region, kernels: kernels, to: &output)
      } else {
        source.resizedDown(
          rows, outputs: 0..<window.height, columns: columns.source, of: region, kernels: kernels,
          to: &output)
      }
    }
    middle = PixelBuffer(width: size.width, height: size.height, bytes: bytes)
    taps = isDown ? rows.fromZero : columns.fromZero
  }

  var picture: PixelBuffer {
    let bytes = [UInt8](capacity: 3 * width * height) { append(0..<height, to: &$0) }
    return PixelBuffer(width: width, height: height, bytes: bytes)
  }

  /// Appends some rows of the window.
  ///
  /// - Shapes: output (rows.count, width, 3).
  func append(_ rows: Range<Int>, to output: inout OutputSpan<UInt8>) {
    if isDown {
      middle.resizedDown(
        taps, outputs: rows, columns: 0..<width, of: middle.bounds, kernels: kernels, to: &output)
    } else {
      middle.resizedAlong(taps, rows: rows, of: middle.bounds, kernels: kernels, to: &output)
    }
  }
}

extension PixelBuffer {
  /// More columns than this are not transposed: sixteen rows of them would need much memory, even
  /// if the picture has a single row.
  private static let mostColumnsAtOnce = 1 << 16

  fileprivate var bounds: PixelRectangle {
    PixelRectangle(left: 0, top: 0, width: width, height: height)
  }

  /// Returns the index of the first byte of a region's row.
  private func start(ofRow row: Int, in region: PixelRectangle) -> Int {
    3 * (width * (region.top + row) + region.left)
  }

  /// Appends the weighted sums along the given rows of a region.
  fileprivate func resizedAlong(
    _ taps: ResizingTaps, rows: Range<Int>, of region: PixelRectangle, kernels: Kernels,
    to output: inout OutputSpan<UInt8>
  ) {
    if taps.source.count > Self.mostColumnsAtOnce {
      // A row of pixels is treated as a column of one-pixel rows.
      for row in rows {
        for index in taps.first.indices {
          kernels.resizeDown(
            bytes.span.extracting(start(ofRow: row, in: region)...), stride: 3, bytes: 3,
            taps: taps,
            index: index, to: &output)
        }
      }
      return
    }
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Kernels.resizeRows) {
      kernels.resizeAlong(
        bytes.span.extracting(start(ofRow: first, in: region)...), stride: 3 * width,
        rows: min(Kernels.resizeRows, rows.upperBound - first), taps: taps, to: &output)
    }
  }

  /// Appends the weighted sums down the given columns of a region, for the output rows `outputs` of
  /// `taps`.
  fileprivate func resizedDown(
    _ taps: ResizingTaps, outputs: Range<Int>, columns: Range<Int>, of region: PixelRectangle,
    kernels: Kernels, to output: inout OutputSpan<UInt8>
  ) {
    let first = start(ofRow: 0, in: region) + 3 * columns.lowerBound
    for row in outputs {
      kernels.resizeDown(
        bytes.span.extracting(first...), stride: 3 * width,
        bytes: 3 * columns.count, taps: taps, index: row, to: &output)
    }
  }
}

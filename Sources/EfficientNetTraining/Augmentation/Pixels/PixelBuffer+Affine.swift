internal import EfficientNetCompute

/// Affine operations with nearest-neighbor sampling; pixels without a source are gray (128).
///
/// They match Pillow's `Image.transform` with `AFFINE` and `NEAREST` byte for byte. They match the
/// official EfficientNet code too, except where a coordinate is exactly half a pixel.
extension PixelBuffer {
  /// The gray of pixels without a source.
  static var freePixel: UInt8 { 128 }

  /// `y(x, y) = x(x + amount · y, y)`: the top edge stays in place.
  func sheared(x amount: Double) -> PixelBuffer {
    transformed(Affine(xx: 1, xy: amount, x: 0, yx: 0, yy: 1, y: 0))
  }

  /// `y(x, y) = x(x, y + amount · x)`: the left edge stays in place.
  func sheared(y amount: Double) -> PixelBuffer {
    transformed(Affine(xx: 1, xy: 0, x: 0, yx: amount, yy: 1, y: 0))
  }

  /// `y(x, y) = x(x + right, y + down)` in pixels: the picture moves left and up.
  func translated(x right: Double, y down: Double) -> PixelBuffer {
    transformed(Affine(xx: 1, xy: 0, x: right, yx: 0, yy: 1, y: down))
  }

  /// Returns the picture rotated counter-clockwise around its centre, as Pillow's `Image.rotate`.
  ///
  /// - Precondition: The angle is at most 90 degrees in either direction.
  func rotated(degrees: Double) -> PixelBuffer {
    let (sine, cosine) = StableMath.sineAndCosine(degrees * (.pi / 180))
    let (x, y) = (Double(width) / 2, Double(height) / 2)
    return transformed(
      Affine(
        xx: cosine, xy: -sine, x: x - cosine * x + sine * y,
        yx: sine, yy: cosine, y: y - sine * x - cosine * y))
  }

  /// The map from a pixel centre (x, y) to its source:
  /// `(xx · x + xy · y + x, yx · x + yy · y + y)`.
  private struct Affine {
    var xx, xy, x: Double
    var yx, yy, y: Double
  }

  /// Computes in integers of 1/65536 pixel, as Pillow does, so that rounding is the same on every
  /// machine.
  private func transformed(_ map: Affine) -> PixelBuffer {
    func fixed(_ value: Double) -> Int { Int((value * 65536 + 0.5).rounded(.down)) }
    let (across, acrossDown) = (fixed(map.xx), fixed(map.yx))
    let (down, downDown) = (fixed(map.xy), fixed(map.yy))
    var start = (
      x: fixed(map.x + map.xx * 0.5 + map.xy * 0.5), y: fixed(map.y + map.yx * 0.5 + map.yy * 0.5)
    )
    let source = bytes.span
    let result = [UInt8](capacity: bytes.count) { output in
      for _ in 0..<height {
        var (x, y) = start
        for _ in 0..<width {
          let (column, row) = (x >> 16, y >> 16)
          if column >= 0, column < width, row >= 0, row < height {
            let place = 3 * (row * width + column)
            output.append(source[place])
            output.append(source[place + 1])
            output.append(source[place + 2])
          } else {
            output.append(repeating: Self.freePixel, count: 3)
          }
          x += across
          y += acrossDown
        }
        start.x += down
        start.y += downDown
      }
    }
    return PixelBuffer(width: width, height: height, bytes: result)
  }
}

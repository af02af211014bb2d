internal import EfficientNetCompute

/// Operations that blend a picture with a degenerate version of it, in place: factor 0 is that
/// version, 1 the picture, and larger factors exaggerate. They match Pillow's `ImageEnhance` byte
/// for byte.
extension PixelBuffer {
  /// `dull + factor · (x − dull)`, truncated and clipped to 0…255.
  ///
  /// It computes in 32-bit floats, as Pillow and the official EfficientNet code do.
  @inline(__always)
  private static func blend(_ x: UInt8, with dull: UInt8, factor: Float) -> UInt8 {
    let value = Float(dull) + factor * Float(Int32(x) - Int32(dull))
    return UInt8(min(max(value, 0), 255))
  }

  /// Blends with black.
  mutating func adjustBrightness(factor: Double) {
    map { Self.blend($0, with: 0, factor: Float(factor)) }
  }

  /// Blends with the mean of the picture's luma.
  ///
  /// The official EfficientNet code intends the same, but divides the wrong sum: its gray is white
  /// for most pictures.
  mutating func adjustContrast(factor: Double) {
    let mean = meanLuma
    map { Self.blend($0, with: mean, factor: Float(factor)) }
  }

  /// Blends every pixel with its luma.
  mutating func adjustSaturation(factor: Double) {
    let factor = Float(factor)
    withMutableBytes { pixels in
      for start in stride(from: 0, to: pixels.count, by: 3) {
        let gray = Self.luma(pixels[start], pixels[start + 1], pixels[start + 2])
        for place in start..<(start + 3) {
          pixels[place] = Self.blend(pixels[place], with: gray, factor: factor)
        }
      }
    }
  }

  /// Blends with a smoothed picture: weight 5 for the pixel, 1 for each of its eight neighbors.
  /// Border pixels do not change.
  mutating func adjustSharpness(factor: Double) {
    guard width > 2, height > 2 else { return }
    let factor = Float(factor)
    let (row, height) = (3 * width, height)
    let source = bytes
    let old = source.span
    withMutableBytes { pixels in
      for y in 1..<(height - 1) {
        for place in (y * row + 3)..<((y + 1) * row - 3) {
          func across(_ place: Int) -> Int32 {
            Int32(old[place - 3]) + Int32(old[place]) + Int32(old[place + 3])
          }
          let sum =
            across(place - row) + across(place) + across(place + row) + 4 * Int32(old[place])
          // Rounds to nearest: 13 is odd, so no ties occur.
          let smooth = UInt8((2 * sum + 13) / 26)
          pixels[place] = Self.blend(old[place], with: smooth, factor: factor)
        }
      }
    }
  }

  private var meanLuma: UInt8 {
    var sum = 0
    let pixels = bytes.span
    for start in stride(from: 0, to: pixels.count, by: 3) {
      sum += Int(Self.luma(pixels[start], pixels[start + 1], pixels[start + 2]))
    }
    return UInt8(Double(sum) / Double(width * height) + 0.5)
  }

  /// Pillow's gray, ITU-R 601-2: `(19595 r + 38470 g + 7471 b + 2¹⁵) / 2¹⁶`.
  @inline(__always)
  private static func luma(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    let sum: UInt32 = 19595 * UInt32(red) + 38470 * UInt32(green) + 7471 * UInt32(blue)
    return UInt8((sum + 0x8000) >> 16)
  }
}

internal import EfficientNetCompute
internal import EfficientNetImages
internal import EfficientNetReports

/// Operations on rows and rectangles of pixels, in place.
extension PixelBuffer {
  mutating func flipHorizontally() {
    let width = width
    withMutableBytes { pixels in
      for row in stride(from: 0, to: pixels.count, by: 3 * width) {
        var (left, right) = (row, row + 3 * width - 3)
        while left < right {
          pixels.swapAt(left, right)
          pixels.swapAt(left + 1, right + 1)
          pixels.swapAt(left + 2, right + 2)
          (left, right) = (left + 3, right - 3)
        }
      }
    }
  }

  /// Fills a gray (128) square of `2 · reach` pixels a side: from `reach` pixels before the given
  /// pixel to `reach − 1` after it.
  ///
  /// Source: DeVries & Taylor 2017, [Cutout](https://arxiv.org/abs/1708.04552), in the form of
  /// `autoaugment.py` of the [official EfficientNet code][code].
  ///
  /// [code]: https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet
  mutating func cutOut(x: Int, y: Int, reach: Int) {
    let square = PixelRectangle(
      left: x - reach, top: y - reach, width: 2 * reach, height: 2 * reach)
    fill(square, red: Self.freePixel, green: Self.freePixel, blue: Self.freePixel)
  }

  /// Replaces each byte of a rectangle by a random one.
  ///
  /// - Precondition: The rectangle lies inside the picture.
  mutating func fillWithNoise(
    _ rectangle: PixelRectangle, using generator: inout SeededGenerator
  ) {
    let width = width
    withMutableBytes { pixels in
      var word: UInt64 = 0
      var left = 0
      for row in rectangle.rows {
        let start = 3 * (row * width + rectangle.left)
        for place in start..<(start + 3 * rectangle.width) {
          if left == 0 { (word, left) = (generator.next(), 8) }
          pixels[place] = UInt8(truncatingIfNeeded: word)
          (word, left) = (word >> 8, left - 1)
        }
      }
    }
  }
}

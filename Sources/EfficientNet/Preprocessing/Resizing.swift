package import EfficientNetCompute

extension PixelBuffer {
  /// Returns the picture or a region of it at another size, or a window of the result. The pixels
  /// equal those of Pillow 13's `crop` and then `resize`, without the copy.
  ///
  /// One axis is resampled and rounded to 8 bits, then the other: `out[i] = clip(Σ_j w[i, j] ·
  /// in[j])`. `w[i, j]` is the filter at `(j − c) / s`, normalized to a sum of 1 and rounded to 22
  /// fraction bits; `c` is the position of output pixel i in the source and `s` the scale, at least
  /// 1. Only the pixels inside the window are computed; they equal those of resizing everything and
  /// cropping.
  ///
  ///     let middle = PixelRectangle(left: 58, top: 16, width: 224, height: 224)
  ///     photo.resized(width: 341, height: 256, interpolation: .bicubic, window: middle)
  ///
  /// - Parameters:
  ///   - region: The part of *this* picture to resize, without regard to the pixels around it; all
  ///     of it by default.
  ///   - window: The part of the *resized* picture to return; all of it by default.
  /// - Precondition: All sides are at least 1, the region lies inside this picture and the window
  ///   inside the resized one.
  package func resized(
    _ region: PixelRectangle? = nil, width: Int, height: Int, interpolation: Interpolation,
    window: PixelRectangle? = nil
  ) -> PixelBuffer {
    let window = window ?? PixelRectangle(left: 0, top: 0, width: width, height: height)
    return ResizedRows(
      of: self, region: region, width: width, height: height, interpolation: interpolation,
      window: window
    ).picture
  }
}

public import EfficientNetCompute

extension PixelBuffer {
  /// The picture at another size, or a window of it: the same pixels as Pillow 13's `Image.resize`.
  ///
  /// One axis is resampled and rounded to 8 bits, then the other: `out[i] = clip(Σ_j w[i, j] · in[j])`, where
  /// `w[i, j]` is the filter at `(j − c) / s`, normalised to a sum of 1 and rounded to 22 bits after the point,
  /// `c` the place of output pixel i in the source and `s` the scale, at least 1. Only what the window shows is
  /// computed, and the pixels are those of resizing everything and cropping.
  ///
  ///     let middle = PixelRectangle(left: 58, top: 16, width: 224, height: 224)
  ///     photo.resized(width: 341, height: 256, interpolation: .bicubic, window: middle)
  ///
  /// - Parameter window: The part of the *resized* picture that is wanted; all of it by default.
  /// - Precondition: sides are at least 1 and the window lies inside the resized picture.
  public func resized(
    width: Int, height: Int, interpolation: Interpolation, window: PixelRectangle? = nil
  ) -> PixelBuffer {
    resized(
      region: nil, width: width, height: height, interpolation: interpolation, window: window)
  }

  /// A part of the picture at another size: the same pixels as Pillow's `crop` and then `resize`, without the copy.
  ///
  /// - Parameter region: The part of *this* picture that is resized; what lies around it counts for nothing.
  /// - Precondition: sides are at least 1 and the region lies inside this picture.
  public func resized(
    _ region: PixelRectangle, width: Int, height: Int, interpolation: Interpolation
  ) -> PixelBuffer {
    resized(
      region: region, width: width, height: height, interpolation: interpolation, window: nil)
  }

  private func resized(
    region: PixelRectangle?, width: Int, height: Int, interpolation: Interpolation,
    window: PixelRectangle?
  ) -> PixelBuffer {
    let window = window ?? PixelRectangle(left: 0, top: 0, width: width, height: height)
    let rows = ResizedRows(
      of: self, region: region, width: width, height: height, interpolation: interpolation,
      window: window)
    let bytes = [UInt8](capacity: 3 * window.width * window.height) { output in
      rows.append(0..<window.height, to: &output)
    }
    return PixelBuffer(width: window.width, height: window.height, bytes: bytes)
  }
}

internal import EfficientNetCompute

extension ResizingTaps {
  /// Computes the taps that resize `input` pixels to `output` pixels, only for output pixels in
  /// `window`.
  ///
  /// Source: `precompute_coeffs` and `normalize_coeffs_8bpc` of Pillow's
  /// [Resample.c](https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c). The
  /// taps are bit-identical up to 2²⁴ pixels per side; beyond, Pillow rounds the side to a 32-bit
  /// float.
  init(input: Int, output: Int, window: Range<Int>, interpolation: Interpolation) {
    let scale = Double(input) / Double(output)
    let filterScale = max(scale, 1)
    let support = interpolation.support * filterScale
    self.init(outputs: window.count, stride: min(Int(support.rounded(.up)) * 2 + 1, input))
    var real: [Double] = []
    var fixed: [Int32] = []
    for index in window {
      let center = (Double(index) + 0.5) * scale
      let low = max(Int(center - support + 0.5), 0)
      let high = min(Int(center + support + 0.5), input)
      real.removeAll(keepingCapacity: true)
      for x in low..<high {
        real.append(interpolation((Double(x) - center + 0.5) * (1 / filterScale)))
      }
      let sum = real.reduce(0, +)
      fixed.removeAll(keepingCapacity: true)
      for value in real { fixed.append(Self.fixedPoint(sum == 0 ? value : value / sum)) }
      append(first: low, weights: fixed)
    }
  }

  /// Rounds to the nearest fixed-point number, halves away from zero.
  private static func fixedPoint(_ weight: Double) -> Int32 {
    let scaled = weight * Double(1 << fractionBits)
    return Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
  }
}

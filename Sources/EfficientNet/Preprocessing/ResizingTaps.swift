/// Which source pixels make up each output pixel along one axis, and with what weights.
///
/// `out[i] = clip((2²¹ + Σ_j weights[i][j] · in[first[i] + j]) >> 22)`; weights are fixed-point with 22 bits after the point.
///
/// Source: `precompute_coeffs` and `normalize_coeffs_8bpc` of Pillow's
/// [Resample.c](https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c): equal to the last bit
/// up to 2²⁴ pixels a side, beyond which Pillow rounds the side to a 32-bit float.
struct ResizingTaps {
  /// Bits after the point: 32 less 8 for the pixel and 2 for the filter's overshoot and sign.
  static let fractionBits = 22

  /// The first source pixel of each output pixel.
  private(set) var first: [Int] = []
  /// Its number of source pixels.
  private(set) var count: [Int] = []
  /// The weights, `stride` places for each output pixel.
  private(set) var weights: [Int32] = []
  /// The distance between the weights of neighbouring output pixels.
  let stride: Int

  /// The taps that make `output` pixels of `input`, for those in `window` only.
  init(input: Int, output: Int, window: Range<Int>, interpolation: Interpolation) {
    let scale = Double(input) / Double(output)
    let filterScale = max(scale, 1)
    let support = interpolation.support * filterScale
    stride = min(Int(support.rounded(.up)) * 2 + 1, input)
    weights.reserveCapacity(window.count * stride)
    var real: [Double] = []
    for index in window {
      let center = (Double(index) + 0.5) * scale
      let low = max(Int(center - support + 0.5), 0)
      let high = min(Int(center + support + 0.5), input)
      real.removeAll(keepingCapacity: true)
      for x in low..<high {
        real.append(interpolation((Double(x) - center + 0.5) * (1 / filterScale)))
      }
      let sum = real.reduce(0, +)
      first.append(low)
      count.append(high - low)
      for value in real { weights.append(Self.fixedPoint(sum == 0 ? value : value / sum)) }
      for _ in real.count..<stride { weights.append(0) }
    }
  }

  /// The source pixels that any output pixel needs.
  var source: Range<Int> {
    guard let low = first.first, let lastFirst = first.last, let lastCount = count.last
    else { return 0..<0 }
    return low..<(lastFirst + lastCount)
  }

  /// The same taps for a picture that was cut to ``source``.
  var fromZero: ResizingTaps {
    var taps = self
    taps.first = first.map { $0 - source.lowerBound }
    return taps
  }

  /// Rounded to the nearest, halves away from zero.
  private static func fixedPoint(_ weight: Double) -> Int32 {
    let scaled = weight * Double(1 << fractionBits)
    return Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
  }
}

/// SiLU from words of 16 bits to codes, in integers: x · sigmoid(x) = max(x, 0) − h(|x|) with
/// h(a) = a · sigmoid(−a).
///
/// A word is a multiple of ``unit``. On each interval [i, i + 1), i < 8, h is a polynomial of degree 2
/// in `f = 2 (a − i) − 1`, at most 0.0014 off; from 8 on, h is as at 8, 0.0027. The kernels round every
/// step to 16 bits (see `effnet_codes`), so all instruction sets give the same codes.
struct SiLUCurve {
  /// The value of a word: 8 / 32768, or as often twice that as the largest code needs.
  let unit: Float
  /// Words of h for the intervals: the coefficients of 1, f and f².
  let curve: [[Int16]]
  /// t = min(|word|, limit) · stretch has 32768 for 8.
  let limit, stretch: Int16
  /// A word times both, each divided by 2¹⁵, is a code.
  let factor, lastFactor: Int16

  /// The coefficients with the least maximum error on each interval.
  private static let coefficients = [
    [
      0.188563, 0.2737466, 0.1897357, 0.1026059, 0.0494408, 0.02238239, 0.009755339, 0.004144591,
    ],
    [
      0.1333571, -0.01661151, -0.04848035, -0.0351572, -0.01916931, -0.009263695, -0.004202043,
      -0.001834254,
    ],
    [
      -0.05409232, -0.02007297, 0.0006060483, 0.004510293, 0.003263748, 0.001767603, 0.0008512095,
      0.0003854883,
    ],
  ]

  /// The largest error of the polynomials, from 8 on.
  static let error = 0.0028

  /// Returns nil if half a code is less than ``error``.
  ///
  /// - Parameter zeroPoint: The code of 0, counted from the lowest.
  init?(scale: Float, zeroPoint: Int) {
    let (scale, base) = (Double(scale), 8.0 / 32768)
    var doublings = 0
    while doublings < 100,
      32767 * base * Double(sign: .plus, exponent: doublings, significand: 1)
        < (255.5 - Double(zeroPoint)) * scale
    {
      doublings += 1
    }
    let unit = base * Double(sign: .plus, exponent: doublings, significand: 1)
    let wordsPerCode = scale / unit
    guard scale / 2 >= Self.error else { return nil }
    // factor is at least a half, so that it has 15 significant bits.
    var fraction = 1
    while Double(2 << fraction) < wordsPerCode { fraction += 1 }
    self.unit = Float(unit)
    curve = Self.coefficients.map { $0.map { Int16(($0 / unit).rounded()) } }
    limit = Int16(doublings < 15 ? 32767 >> doublings : 0)
    stretch = Int16(doublings < 15 ? 1 << doublings : 1)
    factor = Int16(min((Double(32768 << fraction) / wordsPerCode).rounded(), 32767))
    lastFactor = Int16(1 << (15 - fraction))
  }
}

/// Exponential, logarithm and the like of nothing but sums, products and quotients.
///
/// The C library has these too, in several versions for different processors, whose last digits differ: a crop would be
/// another one where a run goes on on another machine. These round the same way everywhere.
enum StableMath {
  /// e to the power of `x`.
  ///
  /// - Accuracy: 2e-15 relative for |x| ≤ 700; 0 below, infinite above.
  static func exp(_ x: Double) -> Double {
    if x < -700 { return 0 }
    if x > 700 { return .infinity }
    // e^x = 2^n · e^r, |r| ≤ ln 2 / 2; ln 2 in two parts, the first of which n multiplies without rounding.
    let n = (x * 1.4426950408889634).rounded()
    let r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10
    var sum = 1.0
    for k in stride(from: 16.0, through: 1, by: -1) { sum = 1 + sum * r / k }
    return Double(sign: .plus, exponent: Int(n), significand: sum)
  }

  /// The natural logarithm of `x`.
  ///
  /// - Accuracy: 1e-15 of the larger of 1 and the result.
  static func log(_ x: Double) -> Double {
    precondition(x > 0 && x.isFinite, "the logarithm of \(x)")
    // x = m · 2^n, m around 1; log m = 2 (s + s³/3 + s⁵/5 + …), s = (m − 1) / (m + 1).
    var (m, n) = (x.significand, Double(x.exponent))
    if m > 1.4142135623730951 { (m, n) = (m / 2, n + 1) }
    let s = (m - 1) / (m + 1)
    var sum = 0.0
    for k in stride(from: 25.0, through: 1, by: -2) { sum = sum * s * s + 1 / k }
    return n * 0.693147180369123816490 + (n * 1.90821492927058770002e-10 + 2 * s * sum)
  }

  /// Sine and cosine of an angle in radians, of at most a quarter of a turn.
  ///
  /// - Accuracy: 1e-15.
  static func sineAndCosine(_ x: Double) -> (sine: Double, cosine: Double) {
    precondition(abs(x) <= .pi / 2, "an angle of \(x)")
    let square = x * x
    var (sine, cosine) = (1.0, 1.0)
    for k in stride(from: 22.0, through: 2, by: -2) {
      sine = 1 - sine * square / (k * (k + 1))
      cosine = 1 - cosine * square / (k * (k - 1))
    }
    return (x * sine, cosine)
  }
}

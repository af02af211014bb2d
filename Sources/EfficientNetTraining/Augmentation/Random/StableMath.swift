/// Elementary functions made only of sums, products and quotients, so that they round identically
/// on every machine.
///
/// The C library has several versions of them for different processors, and their last digits
/// differ. A run that is resumed on another machine would crop photos differently.
enum StableMath {
  /// e to the power of `x`.
  ///
  /// - Accuracy: 2e-15 relative for |x| ≤ 700; 0 below, infinite above.
  static func exp(_ x: Double) -> Double {
    if x < -700 { return 0 }
    if x > 700 { return .infinity }
    // e^x = 2^n · e^r, |r| ≤ ln 2 / 2. ln 2 is split in two parts; n times the first part is exact.
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
    precondition(x > 0 && x.isFinite, "log of \(x); it must be above 0 and finite")
    // x = m · 2^n, m around 1; log m = 2 (s + s³/3 + s⁵/5 + …), s = (m − 1) / (m + 1).
    var (m, n) = (x.significand, Double(x.exponent))
    if m > 1.4142135623730951 { (m, n) = (m / 2, n + 1) }
    let s = (m - 1) / (m + 1)
    var sum = 0.0
    for k in stride(from: 25.0, through: 1, by: -2) { sum = sum * s * s + 1 / k }
    return n * 0.693147180369123816490 + (n * 1.90821492927058770002e-10 + 2 * s * sum)
  }

  /// The sine and cosine of an angle in radians, −π/2 to π/2.
  ///
  /// - Accuracy: 1e-15.
  static func sineAndCosine(_ x: Double) -> (sine: Double, cosine: Double) {
    precondition(abs(x) <= .pi / 2, "the angle is \(x); it must be −π/2 to π/2")
    let square = x * x
    var (sine, cosine) = (1.0, 1.0)
    for k in stride(from: 22.0, through: 2, by: -2) {
      sine = 1 - sine * square / (k * (k + 1))
      cosine = 1 - cosine * square / (k * (k - 1))
    }
    return (x * sine, cosine)
  }
}

internal import EfficientNetSystem

/// The value that Student's t with `freedom` degrees of freedom exceeds with the probability
/// `tail`, above 0 to 0.5, on one side.
func studentQuantile(freedom: Int, above tail: Double) -> Double {
  precondition(freedom >= 1, "\(freedom) degrees of freedom")
  precondition(tail > 0 && tail <= 0.5, "a tail of \(tail)")
  var (low, high) = (0.0, 1.0)
  while studentTail(high, freedom) > tail, high < 1e9 { (low, high) = (high, 2 * high) }
  for _ in 0..<60 {
    let middle = (low + high) / 2
    if studentTail(middle, freedom) > tail { low = middle } else { high = middle }
  }
  return (low + high) / 2
}

/// The difference of the means of two groups, with its 95 % margin; nil for a group with fewer than
/// two values, or if the values of each group are equal.
///
/// Source: Welch 1947, The generalization of “Student's” problem when several different population
/// variances are involved, Biometrika 34.
func welchDifference(_ first: [Double], _ second: [Double]) -> (mean: Double, margin: Double)? {
  guard let a = first.mean, let b = second.mean, let u = first.varianceOfMean,
    let v = second.varianceOfMean, Set(first).count > 1 || Set(second).count > 1
  else { return nil }
  let freedom =
    (u + v) * (u + v)
    / (u * u / Double(first.count - 1) + v * v / Double(second.count - 1))
  return (
    a - b, studentQuantile(freedom: max(1, Int(freedom)), above: 0.025) * (u + v).squareRoot()
  )
}

/// The probability that Student's t exceeds a value of at least 0.
///
/// Source: Abramowitz & Stegun 1964, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
private func studentTail(_ value: Double, _ freedom: Int) -> Double {
  let angle = atan(value / Double(freedom).squareRoot())
  let (sine, cosine) = (sin(angle), cos(angle))
  let isOdd = freedom % 2 == 1
  var term = isOdd ? cosine : 1
  var sum = freedom == 1 ? 0 : term
  for k in stride(from: isOdd ? 3 : 2, to: freedom, by: 2) {
    term *= cosine * cosine * Double(k - 1) / Double(k)
    sum += term
  }
  let within = isOdd ? 2 / Double.pi * (angle + sine * sum) : sine * sum
  return (1 - within) / 2
}

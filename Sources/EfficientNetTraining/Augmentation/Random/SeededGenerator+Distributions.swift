internal import EfficientNetCompute

extension SeededGenerator {
  /// Returns a number whose logarithm is uniform in the range: 1/2 is as likely as 2.
  mutating func logarithmic(in range: ClosedRange<Double>) -> Double {
    let (low, high) = (StableMath.log(range.lowerBound), StableMath.log(range.upperBound))
    let value = StableMath.exp(Double.random(in: low...high, using: &self))
    return min(max(value, range.lowerBound), range.upperBound)
  }

  /// Returns a random rectangle inside a picture; nil if ten random ones do not fit.
  ///
  /// - Parameters:
  ///   - area: The share of the picture's pixels, uniform.
  ///   - ratio: Width to height, or height to width if `isUpright`; log-uniform.
  ///   - margin: The number of columns, and of rows, that must stay outside the rectangle.
  mutating func rectangle(
    width: Int, height: Int, area: ClosedRange<Double>, ratio: ClosedRange<Double>,
    isUpright: Bool = false, margin: Int = 0
  ) -> PixelRectangle? {
    for _ in 0..<10 {
      let pixels = Double(width * height) * Double.random(in: area, using: &self)
      let ratio = logarithmic(in: ratio)
      let sides = [pixels * ratio, pixels / ratio].map {
        $0.squareRoot().rounded(.toNearestOrEven)
      }
      let (across, down) = isUpright ? (sides[1], sides[0]) : (sides[0], sides[1])
      guard across >= 1, across <= Double(width - margin), down >= 1,
        down <= Double(height - margin)
      else { continue }
      let size = (width: Int(across), height: Int(down))
      let top = Int.random(in: 0...(height - size.height), using: &self)
      let left = Int.random(in: 0...(width - size.width), using: &self)
      return PixelRectangle(left: left, top: top, width: size.width, height: size.height)
    }
    return nil
  }

  /// Returns true with the given probability.
  mutating func happens(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &self) < probability
  }

  /// Returns the value or its negative with equal probability.
  mutating func signed(_ value: Double) -> Double {
    Bool.random(using: &self) ? value : -value
  }

  /// Returns a number from the distribution Beta(α, α), which lies in 0…1 around ½.
  ///
  /// Source: Devroye 1986, [Non-uniform random variate
  /// generation](http://luc.devroye.org/rnbookindex.html), section IX.4: Ulrich's polar method for
  /// α above ½, Jöhnk's method below. Jöhnk's runs in logarithms, since the powers may underflow.
  mutating func beta(_ alpha: Double) -> Double {
    precondition(alpha > 0 && alpha.isFinite, "alpha is \(alpha); it must be above 0 and finite")
    while true {
      let x = 1 - Double.random(in: 0..<1, using: &self)  // above 0
      if alpha > 0.5 {
        let y = Double.random(in: -1...1, using: &self)
        let square = x * x + y * y
        guard square <= 1 else { continue }
        let power = StableMath.exp(StableMath.log(square) * 2 / (2 * alpha - 1))
        return min(max(0.5 + x * y / square * (1 - min(power, 1)).squareRoot(), 0), 1)
      }
      let y = 1 - Double.random(in: 0..<1, using: &self)
      let (a, b) = (StableMath.log(x) / alpha, StableMath.log(y) / alpha)
      let larger = max(a, b)
      let sum = larger + StableMath.log(StableMath.exp(a - larger) + StableMath.exp(b - larger))
      if sum <= 0 { return min(StableMath.exp(a - sum), 1) }
    }
  }
}

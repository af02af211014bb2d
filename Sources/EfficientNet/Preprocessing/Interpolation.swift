/// A filter for resizing. When a picture shrinks, both filters widen with the scale to avoid
/// aliasing.
public enum Interpolation: String, Hashable, CaseIterable, Codable, Sendable {
  /// Cubic convolution by Keys, with a = −0.5, over four pixels.
  case bicubic
  /// The triangle filter over two pixels.
  case bilinear

  /// The radius of the filter in pixels.
  var support: Double {
    switch self {
    case .bicubic: 2
    case .bilinear: 1
    }
  }

  /// Returns the filter's value at a distance of `x` pixels from its centre; 0 beyond `support`.
  ///
  /// The operations are in Pillow's order, so that the weights are bit-identical.
  func callAsFunction(_ x: Double) -> Double {
    let x = abs(x)
    switch self {
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    case .bilinear:
      return x < 1 ? 1 - x : 0
    }
  }
}

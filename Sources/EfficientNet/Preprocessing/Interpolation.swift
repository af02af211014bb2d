/// The filter of a resize. Both widen with the scale when they shrink, so that nothing aliases.
public enum Interpolation: String, Hashable, CaseIterable, Codable, Sendable {
  /// Keys' cubic convolution with a = −0.5 over four pixels.
  case bicubic
  /// The triangle over two pixels.
  case bilinear

  /// How far from its centre the filter reaches, in pixels.
  var support: Double {
    switch self {
    case .bicubic: 2
    case .bilinear: 1
    }
  }

  /// The filter at a distance of `x` pixels from its centre; 0 beyond ``support``.
  ///
  /// The order of the operations is Pillow's: the weights have to agree to the last bit.
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

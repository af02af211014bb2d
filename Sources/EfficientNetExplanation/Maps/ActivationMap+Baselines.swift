public import EfficientNetCompute
internal import EfficientNetSystem

/// Baselines that ignore the photo, to compare maps with.
extension ActivationMap {
  /// Returns a map of random values from 0 to 1.
  ///
  /// - Parameters:
  ///   - width: The number of columns.
  ///   - height: The number of rows.
  ///   - generator: The source of randomness.
  /// - Precondition: `width` and `height` are at least 1.
  public static func random(
    width: Int, height: Int, using generator: inout SeededGenerator
  ) -> ActivationMap {
    requireCells(width: width, height: height)
    return ActivationMap(
      width: width, height: height,
      values: (0..<width * height).map { _ in Float.random(in: 0..<1, using: &generator) })
  }

  /// Returns a Gaussian bump in the middle of the photo, where photographers place their subjects.
  ///
  /// - Parameters:
  ///   - width: The number of columns.
  ///   - height: The number of rows.
  /// - Precondition: `width` and `height` are at least 1.
  public static func center(width: Int, height: Int) -> ActivationMap {
    requireCells(width: width, height: height)
    func distance(_ cell: Int, of count: Int) -> Double {
      2 * (Double(cell) + 0.5) / Double(count) - 1
    }
    let values = (0..<width * height).map { cell in
      let (y, x) = cell.quotientAndRemainder(dividingBy: width)
      let (across, down) = (distance(x, of: width), distance(y, of: height))
      return Float(gaussian((2 * (across * across + down * down)).squareRoot()))
    }
    return ActivationMap(width: width, height: height, values: values)
  }
}

internal import EfficientNetSystem

/// A map of the evidence for a class: one number for each cell of a grid over the part of the photo
/// that the network sees.
///
/// Values are in units of the logit. Negative values are evidence against the class.
public struct ActivationMap: Hashable, Sendable {
  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// The values, row by row from the top; there are `width * height` of them.
  public var values: [Float]

  /// Creates a map.
  ///
  /// - Parameters:
  ///   - width: The number of columns.
  ///   - height: The number of rows.
  ///   - values: The values, row by row from the top.
  /// - Precondition: `width` and `height` are at least 1 and `values.count == width * height`.
  public init(width: Int, height: Int, values: [Float]) {
    Self.requireCells(width: width, height: height)
    require(
      values.count == width * height,
      "values has \(values.count) numbers; \(width)×\(height) cells need \(width * height)")
    (self.width, self.height, self.values) = (width, height, values)
  }

  /// Checks the arguments of a public function that makes a map.
  static func requireCells(width: Int, height: Int) {
    require(
      width > 0 && height > 0,
      "the map has \(width)×\(height) cells; both sides must be at least 1")
  }

  /// The largest value.
  public var peak: Float { values.max() ?? 0 }

  /// Returns the value at a point: bilinear between the centres of cells, constant beyond the outer
  /// centres.
  ///
  /// Positions are shares of the map's width and height, neither cells nor pixels.
  ///
  /// - Parameters:
  ///   - x: The horizontal position, from 0 at the left edge to 1 at the right edge. A position
  ///     outside counts as the nearest edge.
  ///   - y: The vertical position, from 0 at the top edge to 1 at the bottom edge.
  /// - Returns: The value; NaN if `x` or `y` is NaN.
  public func value(x: Double, y: Double) -> Float {
    guard !x.isNaN, !y.isNaN else { return .nan }
    let (left, right, across) = Self.neighbors(x, of: width)
    let (top, bottom, down) = Self.neighbors(y, of: height)
    let upper = values[top * width + left] * (1 - across) + values[top * width + right] * across
    let lower =
      values[bottom * width + left] * (1 - across) + values[bottom * width + right] * across
    return upper * (1 - down) + lower * down
  }

  /// Returns the map at another size, for example that of the network's input.
  ///
  /// - Parameters:
  ///   - width: The new number of columns.
  ///   - height: The new number of rows.
  /// - Precondition: `width` and `height` are at least 1.
  public func resized(width: Int, height: Int) -> ActivationMap {
    Self.requireCells(width: width, height: height)
    var values: [Float] = []
    values.reserveCapacity(width * height)
    for row in 0..<height {
      let y = (Double(row) + 0.5) / Double(height)
      for column in 0..<width {
        values.append(value(x: (Double(column) + 0.5) / Double(width), y: y))
      }
    }
    return ActivationMap(width: width, height: height, values: values)
  }

  /// The two cells whose centres enclose a point, and the point's position between them, from 0 to
  /// 1.
  private static func neighbors(
    _ point: Double, of count: Int
  ) -> (first: Int, second: Int, share: Float) {
    let place = min(max(point * Double(count) - 0.5, 0), Double(count - 1))
    let first = min(Int(place), count - 1)
    return (first, min(first + 1, count - 1), Float(place - Double(first)))
  }
}

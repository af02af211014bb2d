/// Where in its input a network finds evidence for a class: one number for each cell of a grid over the crop that it sees.
///
/// Numbers are in units of the logit, and may be negative: evidence against the class.
public struct ActivationMap: Hashable, Sendable {
  /// Cells across.
  public let width: Int
  /// Cells down.
  public let height: Int
  /// The cells row by row from the top, `width * height` of them.
  public var values: [Float]

  /// A map.
  ///
  /// - Precondition: `values.count == width * height`, and that is at least 1.
  public init(width: Int, height: Int, values: [Float]) {
    precondition(
      width > 0 && height > 0 && values.count == width * height,
      "\(values.count) values for \(width)×\(height) cells")
    (self.width, self.height, self.values) = (width, height, values)
  }

  /// The largest value.
  public var peak: Float { values.max() ?? 0 }

  /// The value at a point, x and y from 0 at the left and top edge to 1 at the right and bottom one: bilinear between the
  /// middles of the cells, constant beyond them.
  public func value(x: Double, y: Double) -> Float {
    let (left, right, across) = Self.neighbours(x, of: width)
    let (top, bottom, down) = Self.neighbours(y, of: height)
    let upper = values[top * width + left] * (1 - across) + values[top * width + right] * across
    let lower =
      values[bottom * width + left] * (1 - across) + values[bottom * width + right] * across
    return upper * (1 - down) + lower * down
  }

  /// The map at another size, for instance that of the network's input.
  public func resized(width: Int, height: Int) -> ActivationMap {
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

  /// The two cells whose middles a point lies between, and how far it is from the first to the second.
  private static func neighbours(
    _ point: Double, of count: Int
  ) -> (first: Int, second: Int, share: Float) {
    let place = min(max(point * Double(count) - 0.5, 0), Double(count - 1))
    let first = min(Int(place), count - 1)
    return (first, min(first + 1, count - 1), Float(place - Double(first)))
  }
}

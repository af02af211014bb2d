internal import EfficientNetCompute

/// `y = (x − mean) / std`, one channel at a time, for each of the 256 values of a byte.
struct Normalization {
  /// 3 × 256 results.
  private let table: [Float]

  /// - Precondition: three means and three deviations, in the units of the pixels (0…255).
  init(mean: [Float], std: [Float]) {
    precondition(
      mean.count == 3 && std.count == 3,
      "RGB needs 3 means and 3 deviations, not \(mean.count) and \(std.count)")
    table = (0..<3).flatMap { c in (0..<256).map { (Float($0) - mean[c]) / std[c] } }
  }

  /// The value of a pixel that is 0 in the channel: padding.
  func zero(channel: Int) -> Float { table[256 * channel] }

  /// Writes a picture into a tensor that is at least as large.
  ///
  /// - Shapes: pixels (h, w, 3), tensor (1, H, W, 3) with H ≥ top + h and W ≥ left + w.
  func write(_ pixels: PixelBuffer, into tensor: inout Tensor, left: Int, top: Int) {
    let shape = tensor.shape
    let bytes = pixels.bytes.span
    let table = table.span
    var elements = tensor.elements.mutableSpan
    for y in 0..<pixels.height {
      var target = shape.offset(n: 0, h: top + y, w: left, c: 0)
      for source in (3 * y * pixels.width)..<(3 * (y + 1) * pixels.width) {
        elements[target] = table[256 * (source % 3) + Int(bytes[source])]
        target += 1
      }
    }
  }
}

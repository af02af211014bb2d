internal import EfficientNetCompute

extension WeightTensor {
  /// Creates a tensor of 8-bit codes: an element is its code times the scale of its output.
  ///
  /// - Parameters:
  ///   - shape: The extents; the first one counts the outputs.
  ///   - codes: The codes in row-major order, −127 to 127.
  ///   - scales: The scales, one for each output.
  /// - Precondition: `codes.count` is the product of `shape`, `scales.count` the first extent. No
  ///   code is −128. The scales are above 0, and 127 times a scale is finite.
  public init(shape: [Int], codes: [Int8], scales: [Float]) {
    let count = shape.reduce(1, *)
    require(
      codes.count == count, "codes has \(codes.count) numbers; the shape \(shape) needs \(count)")
    require(
      shape.first == scales.count,
      "scales has \(scales.count) numbers for the shape \(shape); it needs one for each output")
    require(!codes.contains(-128), "a code is -128; codes are -127 to 127")
    let complaint = Self.complaint(scales: scales)
    require(complaint == nil, complaint ?? "")
    self.init(shape: shape, checked: codes, scales: scales)
  }

  /// Creates a tensor of codes and scales that were checked.
  init(shape: [Int], checked codes: [Int8], scales: [Float]) {
    (self.shape, storage, self.scales) = (shape, .codes(codes), scales)
  }

  /// The codes in row-major order; nil for a tensor without scales.
  package var codes: [Int8]? {
    if case .codes(let codes) = storage { codes } else { nil }
  }

  static func elements(_ codes: [Int8], scales: [Float]) -> [Float] {
    if codes.isEmpty { return [] }
    let count = codes.count / scales.count
    return [Float](capacity: codes.count) { elements in
      for (output, scale) in scales.enumerated() {
        for code in codes[(output * count)..<((output + 1) * count)] {
          elements.append(Float(code) * scale)
        }
      }
    }
  }

  /// Returns this tensor as plain floats: the same elements, without scales.
  package var withoutScales: WeightTensor {
    scales == nil ? self : WeightTensor(shape: shape, elements: elements)
  }

  /// Returns the first invalid scale, described for an error message; nil if all are valid.
  static func complaint(scales: [Float]) -> String? {
    guard let scale = scales.first(where: { !($0 > 0 && ($0 * 127).isFinite) }) else { return nil }
    return "a scale is \(scale); it must be above 0, and 127 times the scale finite"
  }
}

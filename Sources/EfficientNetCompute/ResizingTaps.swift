internal import CEfficientNetKernels

/// The source pixels and weights of each output pixel, along one axis.
///
/// `out[i] = clip((2²¹ + Σ_j weights[i][j] · in[first[i] + j]) >> 22)`; the weights are fixed-point
/// numbers with 22 fraction bits.
package struct ResizingTaps: Sendable {
  /// The fraction bits: 32 less 8 for the pixel and 2 for the filter's overshoot and sign.
  package static let fractionBits = Int(EFFNET_RESIZE_FRACTION_BITS)

  /// The first source pixel of each output pixel.
  package private(set) var first: [Int] = []
  /// The number of source pixels of each output pixel.
  package private(set) var count: [Int] = []
  /// The weights, `stride` elements for each output pixel.
  package private(set) var weights: [Int32] = []
  /// The distance between the weights of neighboring output pixels.
  package let stride: Int
  /// The source pixels that the output pixels need together.
  package private(set) var source = 0..<0

  /// Creates taps without output pixels and reserves space for `outputs` of up to `stride` weights
  /// each.
  package init(outputs: Int, stride: Int) {
    self.stride = stride
    first.reserveCapacity(outputs)
    count.reserveCapacity(outputs)
    weights.reserveCapacity(outputs * stride)
  }

  /// Appends an output pixel.
  ///
  /// - Precondition: `first` is not negative; there are 1 to `stride` weights.
  package mutating func append(first: Int, weights: [Int32]) {
    let taps = first..<(first + weights.count)
    precondition(
      first >= 0 && !taps.isEmpty && taps.count <= stride, "source pixels \(taps) of \(stride)")
    self.first.append(first)
    count.append(taps.count)
    self.weights.append(contentsOf: weights)
    for _ in taps.count..<stride { self.weights.append(0) }
    source =
      source.isEmpty
      ? taps
      : min(source.lowerBound, taps.lowerBound)..<max(source.upperBound, taps.upperBound)
  }

  /// The same taps for a picture that was cropped to `source`.
  package var fromZero: ResizingTaps {
    var taps = self
    taps.first = first.map { $0 - source.lowerBound }
    taps.source = 0..<source.count
    return taps
  }
}

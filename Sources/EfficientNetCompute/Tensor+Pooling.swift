extension Tensor {
  /// The mean of every channel over the pixels of one image: a sum of doubles in their order, rounded once.
  package func pooled(_ image: Int) -> [Float] {
    let (pixels, channels) = (shape.h * shape.w, shape.c)
    let first = image * pixels * channels
    if pixels == 1 { return Array(elements[first..<(first + channels)]) }
    var sums = [Double](repeating: 0, count: channels)
    let elements = elements.span
    for pixel in 0..<pixels {
      let start = first + pixel * channels
      for c in 0..<channels { sums[c] += Double(elements[start + c]) }
    }
    return sums.map { Float($0 / Double(pixels)) }
  }
}

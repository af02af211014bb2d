internal import EfficientNetSystem

/// A batch of images or feature maps: 32-bit floats in NHWC order.
public struct Tensor: Equatable, Sendable {
  /// The extents.
  public let shape: Shape
  /// The values in row-major order, `shape.count` of them. After a change of their number, reading
  /// the tensor stops the process.
  ///
  /// (A property observer that checks the number would copy all values for each assignment.)
  public var elements: [Float]

  /// Creates a tensor from values.
  ///
  /// - Parameters:
  ///   - shape: The extents.
  ///   - elements: The values in row-major order.
  /// - Precondition: `elements.count == shape.count`.
  public init(shape: Shape, elements: [Float]) {
    require(
      elements.count == shape.count,
      "elements has \(elements.count) numbers; the shape \(shape) needs \(shape.count)")
    self.shape = shape
    self.elements = elements
  }

  /// Creates a tensor in which all elements are equal.
  ///
  /// - Parameters:
  ///   - shape: The extents.
  ///   - value: The value of all elements; 0 by default.
  public init(shape: Shape, repeating value: Float = 0) {
    self.shape = shape
    self.elements = Array(repeating: value, count: shape.count)
  }

  /// Accesses the element of image `n`, row `h`, column `w` and channel `c`, all counted from 0.
  ///
  /// - Precondition: Each index is at least 0 and below its extent in ``shape``.
  public subscript(n n: Int, h h: Int, w w: Int, c c: Int) -> Float {
    get { elements[place(n: n, h: h, w: w, c: c)] }
    set { elements[place(n: n, h: h, w: w, c: c)] = newValue }
  }

  /// The index of an element in ``elements``, whose parts are checked.
  private func place(n: Int, h: Int, w: Int, c: Int) -> Int {
    require(
      0..<shape.n ~= n && 0..<shape.h ~= h && 0..<shape.w ~= w && 0..<shape.c ~= c,
      "the index is [n: \(n), h: \(h), w: \(w), c: \(c)]; "
        + "each part must be at least 0 and below its extent in \(shape)")
    return shape.offset(n: n, h: h, w: w, c: c)
  }

  /// Returns the images of several tensors as one batch.
  ///
  /// - Parameter tensors: Tensors with the same height, width and channels.
  /// - Precondition: There is at least one tensor, and the heights, widths and channels are equal.
  public static func batch(_ tensors: [Tensor]) -> Tensor {
    require(!tensors.isEmpty, "tensors is empty; it must have at least one tensor")
    let first = tensors[0].shape
    var elements: [Float] = []
    elements.reserveCapacity(tensors.reduce(0) { $0 + $1.shape.count })
    for tensor in tensors {
      let shape = tensor.shape
      require(
        shape.h == first.h && shape.w == first.w && shape.c == first.c,
        "a tensor has the shape \(shape); "
          + "its height, width and channels must be those of the first, \(first)")
      elements += tensor.elements
    }
    let n = tensors.reduce(0) { $0 + $1.shape.n }
    return Tensor(shape: Shape(n: n, h: first.h, w: first.w, c: first.c), elements: elements)
  }

  /// Returns the mean of every channel over the pixels of one image: a sum of doubles in pixel
  /// order, rounded once.
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

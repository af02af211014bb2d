internal import EfficientNetSystem

/// A batch of images or feature maps: 32-bit floats in NHWC order.
public struct Tensor: Equatable, Sendable {
  /// The extents.
  public let shape: Shape
  /// The values in row-major order, `shape.count` of them. After a change of their number, reading
  /// the tensor traps.
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
      elements.count == shape.count, "shape \(shape) does not have \(elements.count) elements")
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
  public subscript(n n: Int, h h: Int, w w: Int, c c: Int) -> Float {
    get { elements[shape.offset(n: n, h: h, w: w, c: c)] }
    set { elements[shape.offset(n: n, h: h, w: w, c: c)] = newValue }
  }

  /// Returns the images of several tensors as one batch.
  ///
  /// - Parameter tensors: Tensors with the same height, width and channels.
  /// - Precondition: There is at least one tensor, and the heights, widths and channels are equal.
  public static func batch(_ tensors: [Tensor]) -> Tensor {
    require(!tensors.isEmpty, "a batch needs at least one tensor")
    let first = tensors[0].shape
    var elements: [Float] = []
    elements.reserveCapacity(tensors.reduce(0) { $0 + $1.shape.count })
    for tensor in tensors {
      let shape = tensor.shape
      require(
        shape.h == first.h && shape.w == first.w && shape.c == first.c,
        "shapes differ: \(first) and \(shape)")
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

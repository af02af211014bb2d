package import EfficientNet

/// The order of the axes of images in files.
package enum ArrayLayout: String, CaseIterable, Sendable {
  case nchw, nhwc

  /// Some images of an array as the network takes them.
  package func tensor(_ images: NumPyArray, shape: Shape, range: Range<Int>) -> Tensor {
    let count = shape.h * shape.w * shape.c
    var part = shape
    part.n = range.count
    let elements = images.elements[range.lowerBound * count..<range.upperBound * count]
    switch self {
    case .nhwc: return Tensor(shape: part, elements: Array(elements))
    case .nchw:
      let pixels = shape.h * shape.w
      var tensor = Tensor(shape: part)
      for (offset, element) in elements.enumerated() {
        let (n, rest) = offset.quotientAndRemainder(dividingBy: count)
        let (c, pixel) = rest.quotientAndRemainder(dividingBy: pixels)
        tensor.elements[(n * pixels + pixel) * shape.c + c] = element
      }
      return tensor
    }
  }

  /// The shape and elements of a network's value in this order.
  package func array(_ tensor: Tensor) -> NumPyArray {
    let shape = tensor.shape
    switch self {
    case .nhwc:
      return NumPyArray(shape: [shape.n, shape.h, shape.w, shape.c], elements: tensor.elements)
    case .nchw:
      let pixels = shape.h * shape.w
      var elements = tensor.elements
      for n in 0..<shape.n {
        for pixel in 0..<pixels {
          for c in 0..<shape.c {
            elements[(n * shape.c + c) * pixels + pixel] =
              tensor.elements[(n * pixels + pixel) * shape.c + c]
          }
        }
      }
      return NumPyArray(shape: [shape.n, shape.c, shape.h, shape.w], elements: elements)
    }
  }
}

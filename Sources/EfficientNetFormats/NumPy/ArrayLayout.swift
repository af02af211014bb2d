package import EfficientNet

/// The order of the axes of images in files.
package enum ArrayLayout: String, CaseIterable, Sendable {
  case nchw, nhwc

  /// Returns some images of an array in the order that the network reads.
  ///
  /// - Parameters:
  ///   - shape: The shape of the network's input.
  ///   - range: The indices of the images.
  package func tensor(_ images: NumPyArray, shape: Shape, range: Range<Int>) -> Tensor {
    let pixels = shape.h * shape.w
    let count = pixels * shape.c
    var part = shape
    part.n = range.count
    let elements = Array(images.elements[range.lowerBound * count..<range.upperBound * count])
    return Tensor(
      shape: part,
      elements: self == .nhwc ? elements : transposed(elements, rows: shape.c, columns: pixels))
  }

  /// Returns the shape and elements of a network's value in this order.
  package func array(_ tensor: Tensor) -> NumPyArray {
    let (shape, elements) = (tensor.shape, tensor.elements)
    if self == .nhwc {
      return NumPyArray(shape: [shape.n, shape.h, shape.w, shape.c], elements: elements)
    }
    return NumPyArray(
      shape: [shape.n, shape.c, shape.h, shape.w],
      elements: transposed(elements, rows: shape.h * shape.w, columns: shape.c))
  }

  private func transposed(_ elements: [Float], rows: Int, columns: Int) -> [Float] {
    var result = elements
    for start in stride(from: 0, to: elements.count, by: rows * columns) {
      for row in 0..<rows {
        for column in 0..<columns {
          result[start + column * rows + row] = elements[start + row * columns + column]
        }
      }
    }
    return result
  }
}

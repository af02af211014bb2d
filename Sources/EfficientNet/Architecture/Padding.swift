/// How convolutions pad the edges of an image. The padding is always zeros.
public enum Padding: String, Hashable, Codable, Sendable, CaseIterable {
  /// TensorFlow's padding: ⌈size / stride⌉ outputs. If the number of zeros is odd, the bottom and
  /// the right get one more.
  case same
  /// PyTorch's padding: (kernel − 1) / 2 zeros on every side.
  case symmetric

  /// Returns the number of outputs along a side of `size` pixels, and the number of zeros before
  /// the first pixel.
  package func extent(size: Int, kernel: Int, stride: Int) -> (outputs: Int, before: Int) {
    switch self {
    case .same:
      let outputs = (size + stride - 1) / stride
      return (outputs, max(0, (outputs - 1) * stride + kernel - size) / 2)
    case .symmetric:
      let before = (kernel - 1) / 2
      return ((size + 2 * before - kernel) / stride + 1, before)
    }
  }
}

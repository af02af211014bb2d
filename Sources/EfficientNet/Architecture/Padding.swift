/// How convolutions treat the edges of an image. Outside always counts as zero.
public enum Padding: String, Hashable, Codable, Sendable {
  /// TensorFlow's: ⌈size / stride⌉ outputs; where the zeros are odd in number, one more goes bottom and right.
  case same
  /// PyTorch's: (kernel − 1) / 2 zeros on every side.
  case symmetric

  /// Outputs along one side of `size` pixels, and the zeros before the first pixel.
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

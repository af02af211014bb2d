internal import EfficientNetCompute

/// A network's tensors by name, and what is known about the network they belong to.
///
/// Names are those of timm ("conv_stem.weight", "blocks.0.0.bn1.running_mean", …) in a ``Model``; a file read from elsewhere has
/// its own names first.
public struct Weights: Sendable {
  /// Where the tensors come from, for messages: a path or a few words.
  public var source: String
  /// The tensors by name.
  public var tensors: [String: WeightTensor]
  /// The text fields that the file carries beside its tensors.
  public var metadata: [String: String]
  /// The names of what a training program stored beside the network ("criterion.pos_weight" beside "model.…"), in
  /// alphabetical order: not among the tensors.
  package var beside: [String] = []

  /// A set of tensors.
  public init(
    source: String, tensors: [String: WeightTensor] = [:], metadata: [String: String] = [:]
  ) {
    self.source = source
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The field of the metadata with timm's name of the network, where a checkpoint has it.
  package static let architectureKey = "arch"

  package var names: [String] { tensors.keys.sorted() }
}

/// One tensor of a weight file: 32-bit floats in row-major order, in memory or in a mapped file.
public struct WeightTensor: Sendable {
  /// The extents; empty for a scalar.
  public let shape: [Int]
  private let storage: Storage

  private enum Storage: Sendable {
    case array([Float])
    case mapped(MappedFile, byteOffset: Int)
  }

  /// A tensor in memory.
  ///
  /// - Precondition: `elements.count` is the product of `shape`.
  public init(shape: [Int], elements: [Float]) {
    precondition(
      shape.reduce(1, *) == elements.count, "shape \(shape) is not \(elements.count) elements")
    self.shape = shape
    storage = .array(elements)
  }

  /// A tensor in a mapped file: little-endian floats from `byteOffset` on, a multiple of four.
  init(shape: [Int], file: MappedFile, byteOffset: Int) {
    precondition(byteOffset % 4 == 0 && byteOffset + shape.reduce(4, *) <= file.count)
    self.shape = shape
    storage = .mapped(file, byteOffset: byteOffset)
  }

  /// Elements in all.
  package var count: Int { shape.reduce(1, *) }

  /// Calls `body` with the elements.
  package func withElements<Result, Failure: Error>(
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch storage {
    case .array(let elements):
      return try body(elements.span)
    case .mapped(let file, let byteOffset):
      return try file.withBytes { (bytes) throws(Failure) in
        let region = bytes.extracting(byteOffset..<(byteOffset + 4 * count))
        return try body(Span<Float>(_bytes: region))
      }
    }
  }

  /// The elements, copied.
  public var elements: [Float] {
    switch storage {
    case .array(let elements): elements
    case .mapped:
      withElements { span in
        [Float](capacity: span.count) { output in
          for index in span.indices { output.append(span[index]) }
        }
      }
    }
  }
}

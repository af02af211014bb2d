internal import EfficientNetCompute

/// The tensors of a network by name, with their origin and metadata.
///
/// In a ``Model``, the names are timm's ("conv_stem.weight", "blocks.0.0.bn1.running_mean", …). A
/// file from another program has that program's names.
public struct Weights: Sendable {
  /// The origin of the tensors, for messages: a path or a few words.
  public var source: String
  /// The tensors by name.
  public var tensors: [String: WeightTensor]
  /// The text fields of the file.
  public var metadata: [String: String]
  /// The names of tensors that a training program stored next to the network
  /// ("criterion.pos_weight" next to "model.…"), in alphabetical order. `tensors` does not contain
  /// them.
  package var beside: [String] = []

  /// Creates a set of tensors.
  ///
  /// - Parameters:
  ///   - source: The origin of the tensors, for messages.
  ///   - tensors: The tensors by name.
  ///   - metadata: Text fields to store with the tensors.
  public init(
    source: String, tensors: [String: WeightTensor] = [:], metadata: [String: String] = [:]
  ) {
    self.source = source
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The metadata field in which some checkpoints state timm's name of the network.
  package static let architectureKey = "arch"

  package var names: [String] { tensors.keys.sorted() }
}

/// A tensor of a weight file: 32-bit floats in row-major order.
public struct WeightTensor: Sendable {
  /// The elements, or the codes of a tensor that has ``scales``.
  enum Storage: Sendable { case floats([Float]), codes([Int8]) }

  /// The extents; empty for a scalar.
  public let shape: [Int]
  let storage: Storage
  /// One scale for each output, which is an index of the first axis, if the tensor has 8-bit codes:
  /// an element is its code, −127 to 127, times the scale of its output. Nil for other tensors.
  public let scales: [Float]?

  /// Creates a tensor.
  ///
  /// - Parameters:
  ///   - shape: The extents; empty for a scalar.
  ///   - elements: The elements in row-major order.
  /// - Precondition: `elements.count` is the product of `shape`.
  public init(shape: [Int], elements: [Float]) {
    let count = shape.reduce(1, *)
    require(
      elements.count == count,
      "elements has \(elements.count) numbers; the shape \(shape) needs \(count)")
    (self.shape, storage, scales) = (shape, .floats(elements), nil)
  }

  /// Creates a tensor of a file whose elements are not read yet. Only its shape can be used.
  package init(unread shape: [Int], scales: [Float]? = nil) {
    (self.shape, storage, self.scales) = (shape, .floats([]), scales)
  }

  /// The elements in row-major order. A tensor with ``scales`` computes them at every access.
  public var elements: [Float] {
    switch storage {
    case .floats(let elements): elements
    case .codes(let codes): Self.elements(codes, scales: scales ?? [])
    }
  }

  /// The number of elements.
  package var count: Int { shape.reduce(1, *) }

  package func withElements<Result, Failure: Error>(
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(elements.span)
  }
}

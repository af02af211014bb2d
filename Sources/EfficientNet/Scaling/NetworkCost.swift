/// The cost of a network for one image, computed from its description.
public struct NetworkCost: Hashable, Sendable {
  /// The number of trainable weights.
  public let parameters: Int
  /// The multiply-accumulate operations (MACs) of one image. A MAC is one multiplication and one
  /// addition; the paper calls it a FLOP.
  public let macs: Int
  /// The size of the outputs of all layers in bytes, as 32-bit floats. A run reuses the memory of
  /// most of them, and training recomputes many, so both take less for an image.
  public let activationBytes: Int

  /// Computes the cost of a network.
  ///
  /// - Parameter architecture: The network. ``Architecture/validate()`` must accept it: the
  ///   operations of other networks may overflow.
  public init(_ architecture: Architecture) {
    let graph = Graph(architecture)
    parameters = graph.parameterCount
    macs = graph.multiplyAdds(input: architecture.inputShape).reduce(0, +)
    activationBytes = graph.shapes(input: architecture.inputShape).dropFirst().reduce(0) {
      $0 + 4 * $1.count
    }
  }
}

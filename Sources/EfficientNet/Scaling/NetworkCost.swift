/// What a network costs, as far as it need not be run to know: for one image.
public struct NetworkCost: Hashable, Sendable {
  /// Weights that are trained.
  public let parameters: Int
  /// Multiply-accumulate operations; papers call them FLOPs.
  public let macs: Int
  /// Bytes of the outputs of all layers, in 32-bit floats, as training without recomputation would keep them.
  public let activationBytes: Int

  /// The cost of a network that ``Architecture/validate()`` accepts: of others, operations may be too many to count.
  public init(_ architecture: Architecture) {
    let graph = Graph(architecture)
    parameters = graph.parameterCount
    macs = graph.multiplyAdds(input: architecture.inputShape).reduce(0, +)
    activationBytes = graph.shapes(input: architecture.inputShape).dropFirst().reduce(0) {
      $0 + 4 * $1.count
    }
  }
}

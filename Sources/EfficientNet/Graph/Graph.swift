/// A network as data: its operations in an order in which they can run.
///
/// Layers have timm's names. The weights in this library's files have the same names.
package struct Graph: Hashable, Sendable {
  /// An operation and the nodes that it reads.
  package struct Node: Hashable, Sendable {
    /// The layer's name, for instance "blocks.1.0.conv_dw".
    package let name: String
    package let part: Part
    package let operation: Operation
    /// The indices of the nodes that this node reads. Each is lower than this node's own index.
    package let inputs: [Int]
  }

  /// The part of a network that a layer belongs to.
  package enum Part: Hashable, Sendable {
    case input, stem
    /// A block of a stage; both count from 0.
    case block(stage: Int, index: Int)
    case head, pooling, classifier

    /// The name in ``Quantization/floats`` of what int8 rounds as a whole: "blocks.1.0", "conv_head" or
    /// "classifier", which pools what is not pooled yet; nil for the parts that it does not round.
    package var roundedName: String? {
      switch self {
      case .input, .stem: nil
      case .block(let stage, let index): "blocks.\(stage).\(index)"
      case .head: "conv_head"
      case .pooling, .classifier: "classifier"
      }
    }

    /// The name in ``Architecture/stageNames`` of the stage that this part belongs to; nil for the
    /// input.
    package var stageName: String? {
      switch self {
      case .input: nil
      case .stem: "conv_stem"
      case .block(let stage, _): "blocks.\(stage)"
      case .head: "conv_head"
      case .pooling: "global_pool"
      case .classifier: "classifier"
      }
    }
  }

  package let name: String
  /// The nodes. The first is the input; the output of the last is the logits, or without a
  /// classifier the pooled features.
  package private(set) var nodes: [Node] = []

  init(name: String) { self.name = name }

  /// Appends a node and returns its index.
  mutating func add(_ name: String, in part: Part, _ operation: Operation, _ inputs: [Int]) -> Int {
    precondition(inputs.allSatisfy { $0 < nodes.count }, "\(name) reads a node that comes later")
    nodes.append(Node(name: name, part: part, operation: operation, inputs: inputs))
    return nodes.count - 1
  }

  /// The parts whose outputs can be requested (stem, stages, head, pooled features, logits), with
  /// the index of the last node of each.
  package var stageEnds: [(name: String, part: Part, node: Int)] {
    var ends: [(name: String, part: Part, node: Int)] = []
    for (index, node) in nodes.enumerated() {
      guard let name = node.part.stageName else { continue }
      if ends.last?.name == name { ends.removeLast() }
      ends.append((name, node.part, index))
    }
    return ends
  }

  /// Returns, for each node, the indices of the nodes that read its output.
  package func readers() -> [[Int]] {
    var readers: [[Int]] = Array(repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { readers[input].append(index) }
    }
    return readers
  }

  /// All weight tensors of the network, in the order of the nodes.
  package var parameters: [Parameter] {
    nodes.flatMap { $0.operation.parameters(layer: $0.name) }
  }
}

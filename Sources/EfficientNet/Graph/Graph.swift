/// A network as data: its operations in the order in which they can run.
///
/// Layers carry timm's names, which are also those of the weights in our files.
package struct Graph: Hashable, Sendable {
  /// One operation and where its inputs come from.
  package struct Node: Hashable, Sendable {
    /// The layer's name, for instance "blocks.1.0.conv_dw".
    package let name: String
    package let part: Part
    package let operation: Operation
    /// The nodes it reads, all of them earlier ones.
    package let inputs: [Int]
  }

  /// The part of a network that a layer belongs to.
  package enum Part: Hashable, Sendable {
    case input, stem
    /// A block of a stage; both count from 0.
    case block(stage: Int, index: Int)
    case head, pooling, classifier

    /// The name of the stage whose output this part belongs to, as ``Architecture/stageNames`` has it; nil for the input.
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
  /// The nodes: the first is the input, the last one's value is the logits, or without
  /// a classifier the pooled features.
  package private(set) var nodes: [Node] = []

  init(name: String) { self.name = name }

  /// Appends a node and returns its number.
  mutating func add(_ name: String, in part: Part, _ operation: Operation, _ inputs: [Int]) -> Int {
    precondition(inputs.allSatisfy { $0 < nodes.count }, "\(name) reads a node that comes later")
    nodes.append(Node(name: name, part: part, operation: operation, inputs: inputs))
    return nodes.count - 1
  }

  /// The parts whose outputs can be looked at (stem, stages, head, pooled features, logits), and the last node of each.
  package var stageEnds: [(name: String, part: Part, node: Int)] {
    var ends: [(name: String, part: Part, node: Int)] = []
    for (index, node) in nodes.enumerated() {
      guard let name = node.part.stageName else { continue }
      if ends.last?.name == name { ends.removeLast() }
      ends.append((name, node.part, index))
    }
    return ends
  }

  /// The nodes that read each node's value.
  package func readers() -> [[Int]] {
    var readers: [[Int]] = Array(repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { readers[input].append(index) }
    }
    return readers
  }

  /// All tensors of the network, in the order of the nodes.
  package var parameters: [Parameter] {
    nodes.flatMap { $0.operation.parameters(layer: $0.name) }
  }
}

internal import EfficientNet
internal import EfficientNetCompute

extension Weights {
  /// The key of the metadata under which `effnet convert` writes the options that name the network,
  /// such as "--model b0".
  package static let optionsKey = "effnet"

  /// Returns whether `effnet convert` wrote that the tensors are those of a network, under any
  /// names.
  func states(_ network: PublishedNetwork) -> Bool {
    metadata[Self.optionsKey]?.split(separator: " ").contains(Substring(network.name)) == true
  }

  /// A note that the tensors may belong to a framework's network, which computes differently from
  /// the authors' network of the same shape; nil if no framework has such a network.
  ///
  /// The tensors of both have the same names and shapes, so the logits would be slightly wrong
  /// without an error.
  func noteOnFramework(readAs description: ModelDescription) -> String? {
    guard let chosen = try? PublishedNetwork(named: description.architecture.name),
      chosen.framework == .official, !states(chosen),
      let naming = NameMap.detected(in: self)
    else { return nil }
    let candidates = PublishedNetwork.all.filter {
      $0 != chosen && $0.variant == chosen.variant && $0.framework.accepts(naming)
    }
    // A checkpoint of timm's training states its network.
    let stated = candidates.filter { $0.name == "timm/\(metadata[Self.architectureKey] ?? "")" }
    let others = (stated.isEmpty ? candidates : stated)
      .map { (name: $0.name, differences: $0.differences(from: chosen)) }
      .filter { !$0.differences.isEmpty }
    guard !others.isEmpty else { return nil }
    let names = others.map { "\($0.name) (other \($0.differences.joined(separator: ", ")))" }
    return
      "\(source) has the tensor names of \(naming.program), but is read as \(chosen.name): for weights of "
      + "\(names.joined(separator: " or ")) name that network, or the logits are wrong"
  }
}

extension PublishedNetwork {
  /// The differences that change the logits of a photo although the tensors are the same: "padding",
  /// "batch-norm epsilon", "activation", "skips", "preprocessing".
  fileprivate func differences(from other: PublishedNetwork) -> [String] {
    let (own, theirs) = (architecture, other.architecture)
    return [
      ("padding", own.padding == theirs.padding),
      ("batch-norm epsilon", own.batchNormEpsilon == theirs.batchNormEpsilon),
      ("activation", own.activation == theirs.activation),
      ("skips", own.stages.map(\.skip) == theirs.stages.map(\.skip)),
      ("preprocessing", preprocessing == other.preprocessing),
    ].filter { !$0.1 }.map(\.0)
  }
}

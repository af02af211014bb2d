/// How well the tensors of a file fit a network.
package struct WeightsFit: Sendable {
  /// A tensor whose extents are not the network's.
  package struct Mismatch: Hashable, Sendable, Codable {
    package let name: String
    /// The extents in the file, and those that the network needs.
    package let found, expected: [Int]
  }

  /// The network, with the number of classes and input channels that the file has.
  package let architecture: Architecture
  package let naming: NameMap
  /// Tensors of the network that the file does not have, by the file's kind of name.
  package let missing: [String]
  /// Tensors of the file that the network does not have.
  package let extra: [String]
  /// Tensors with other extents.
  package let mismatches: [Mismatch]
  /// Tensors of the network.
  let count: Int

  /// Whether everything is there, and nothing else.
  package var isExact: Bool { missing.isEmpty && extra.isEmpty && mismatches.isEmpty }

  /// The share of tensors on both sides that fit, between 0 and 1; one of another shape counts half.
  package var share: Double {
    let fitting = Double(count - missing.count) - Double(mismatches.count) / 2
    return fitting / Double(max(1, count + extra.count))
  }

  /// Compares a file's tensors with a network.
  package init(_ weights: Weights, to architecture: Architecture, naming: NameMap) {
    let architecture = architecture.withEnds(of: weights, naming: naming)
    var extra = weights.tensors
    var missing: [String] = []
    var mismatches: [Mismatch] = []
    let parameters = naming.parameters(of: architecture)
    for stored in parameters {
      guard let tensor = extra.removeValue(forKey: stored.name) else {
        missing.append(stored.name)
        continue
      }
      if tensor.shape != stored.shape {
        mismatches.append(
          Mismatch(name: stored.name, found: tensor.shape, expected: stored.shape))
      }
    }
    self.architecture = architecture
    self.naming = naming
    self.missing = missing
    self.extra = extra.keys.filter { !NameMap.isKerasPreprocessing($0) }.sorted()
    self.mismatches = mismatches
    count = parameters.count
  }
}

extension Weights {
  /// The published networks that the tensors fit, best first: all that fit exactly, or else the closest ones.
  ///
  /// Empty if the names are none that are known.
  package func publishedNetworks() -> [(network: PublishedNetwork, fit: WeightsFit)] {
    guard let naming = NameMap.detected(in: self) else { return [] }
    // Flavours of a variant have the same tensors: each is compared once.
    var fits: [String: WeightsFit] = [:]
    let candidates = PublishedNetwork.all.filter { $0.uses(naming) }
    for candidate in candidates where fits[candidate.variant.name] == nil {
      fits[candidate.variant.name] = WeightsFit(
        self, to: candidate.architecture, naming: naming)
    }
    let best = fits.values.map(\.share).max() ?? 0
    guard best > 0 else { return [] }
    let closest = candidates.filter { fits[$0.variant.name]?.share == best }
    // A checkpoint of timm's training says which it is.
    let stated = closest.filter { $0.name == "timm/\(metadata[Self.architectureKey] ?? "")" }
    return (stated.isEmpty ? closest : stated).map { candidate in
      (candidate, WeightsFit(self, to: candidate.architecture, naming: naming))
    }
  }
}

extension PublishedNetwork {
  /// Whether weights with such names come from the framework.
  func uses(_ naming: NameMap) -> Bool {
    switch framework {
    case .official:
      // What no framework has, ours or the article's.
      naming == .kerasNumbered && variant.family == .article
        || naming == .timm && variant.family == .resNet50Style
    case .keras, .timm, .timmTensorFlow, .torchvision, .lukemelas: framework.accepts(naming)
    }
  }
}

extension Framework {
  /// Whether weights with such names may have been trained with networks that compute like the framework's.
  package func accepts(_ naming: NameMap) -> Bool {
    switch self {
    case .official: !Framework.torchvision.accepts(naming)
    case .keras: naming.isKeras
    case .timm, .timmTensorFlow: naming == .timm
    case .torchvision:
      naming == .torchvision || naming == .torchvisionMobileNet || naming == .torchvisionMnasNet
    case .lukemelas: naming == .lukemelas
    }
  }
}

extension Architecture {
  /// This network with the classes and input channels that a file's first and last layer have, as far as
  /// they can be told; without classes if the file has no tensor of a classifier.
  package func withEnds(of weights: Weights, naming: NameMap) -> Architecture {
    var result = self
    result.classes = max(1, classes)
    var hasClassifier = false
    for stored in naming.parameters(of: result) {
      guard let tensor = weights.tensors[stored.name] else { continue }
      if stored.parameter.name.hasPrefix("classifier.") { hasClassifier = true }
      guard tensor.shape.count == stored.shape.count else { continue }
      let shape = stored.layout.canonical(shape: tensor.shape)
      if stored.parameter.name == "classifier.weight", shape[1] == features, shape[0] > 0 {
        result.classes = shape[0]
      }
      if stored.parameter.name == "conv_stem.weight", shape[1] > 0 {
        result.inputChannels = shape[1]
      }
    }
    if !hasClassifier { result.classes = 0 }
    return result
  }
}

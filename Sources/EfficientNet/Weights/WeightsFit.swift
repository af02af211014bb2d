/// A comparison of a file's tensors with a network.
package struct WeightsFit: Sendable {
  /// A tensor whose extents differ from the network's.
  package struct Mismatch: Hashable, Sendable, Codable {
    package let name: String
    /// The extents in the file and in the network.
    package let found, expected: [Int]
  }

  /// The network, with the file's number of classes and input channels.
  package let architecture: Architecture
  package let naming: NameMap
  /// The file's names for tensors of the network that it lacks.
  package let missing: [String]
  /// Tensors of the file that the network does not have.
  package let extra: [String]
  /// Tensors with other extents.
  package let mismatches: [Mismatch]
  let count: Int

  /// Whether the file has exactly the network's tensors.
  package var isExact: Bool { missing.isEmpty && extra.isEmpty && mismatches.isEmpty }

  /// The share of matching tensors among those of the file and the network, 0 to 1; a tensor of
  /// another shape counts half.
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
        mismatches.append(Mismatch(name: stored.name, found: tensor.shape, expected: stored.shape))
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
  /// Returns the published networks that the tensors fit: all that fit exactly, or else the closest
  /// ones.
  ///
  /// The result is empty if the tensor names belong to no known program.
  package func publishedNetworks() -> [(network: PublishedNetwork, fit: WeightsFit)] {
    guard let naming = NameMap.detected(in: self) else { return [] }
    // The frameworks' versions of a variant have the same tensors, so each variant is compared
    // once.
    var fits: [String: WeightsFit] = [:]
    let candidates = PublishedNetwork.all.filter { $0.uses(naming) }
    for candidate in candidates where fits[candidate.variant.name] == nil {
      fits[candidate.variant.name] = WeightsFit(self, to: candidate.architecture, naming: naming)
    }
    let best = fits.values.map(\.share).max() ?? 0
    guard best > 0 else { return [] }
    let closest = candidates.filter { fits[$0.variant.name]?.share == best }
    // A checkpoint from timm's training script names its network.
    let stated = closest.filter { $0.name == "timm/\(metadata[Self.architectureKey] ?? "")" }
    return (stated.isEmpty ? closest : stated).map { candidate in
      (candidate, WeightsFit(self, to: candidate.architecture, naming: naming))
    }
  }
}

extension PublishedNetwork {
  /// Returns whether the framework's weights have such names.
  func uses(_ naming: NameMap) -> Bool {
    switch framework {
    case .official:
      // These networks exist only in this library or in the article.
      naming == .kerasNumbered && variant.family == .article
        || naming == .timm && variant.family == .resNet50Style
    case .keras, .timm, .timmTensorFlow, .torchvision, .lukemelas: framework.accepts(naming)
    }
  }
}

extension Framework {
  /// Returns whether weights with such names may come from networks that compute like the
  /// framework's.
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
  /// Returns this network with the numbers of classes and input channels in the file, as far as its
  /// first and last layers show them; with 0 classes if the file has no classifier.
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

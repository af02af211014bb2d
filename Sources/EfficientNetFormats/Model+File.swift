public import EfficientNet
internal import EfficientNetCompute

extension Model {
  /// Reads a weight file in any form that is known.
  ///
  /// - Parameters:
  ///   - description: The network the file is for, and its preprocessing. Files of ours need none, nor do
  ///     files whose tensors fit one implementation only. The number of classes is the file's own.
  ///   - prefersEMA: Whether to take the moving averages of a training checkpoint that has both.
  /// - Throws: ``WeightsError``, ``ArchitectureError``.
  public init(
    weightFile path: String, for description: ModelDescription? = nil, prefersEMA: Bool = true
  ) throws {
    let weights = try Weights(weightFile: path, prefersEMA: prefersEMA)
    if Self.isDescribed(by: weights) {
      try self.init(described: weights)
      if let name = description?.architecture.name, name != self.description.architecture.name {
        throw WeightsError.unsupported(
          source: path, reason: "is for \(self.description.architecture.name), not for \(name)")
      }
      return
    }
    guard let naming = NameMap.detected(in: weights) else {
      throw WeightsError.unsupported(
        source: path,
        reason: "has none of the tensor names that are known: timm's, torchvision's, "
          + "EfficientNet-PyTorch's or Keras'")
    }
    var description =
      try description ?? weights.implementation().imageNetDescription(provenance: path)
    if description.provenance.isEmpty { description.provenance = path }
    description.architecture = description.architecture.withEnds(of: weights, naming: naming)
    description.preprocessing = try description.preprocessing.adapted(toKeras: weights)
    if description.classes.count != description.architecture.classes {
      description.classes = ClassLabel.numbered(description.architecture.classes)
    }
    try self.init(description, weights: weights, naming: naming)
  }
}

extension Weights {
  /// Reads the tensors of a weight file in any form that is known, under the names that they have there.
  ///
  /// - Throws: ``WeightsError``.
  public init(weightFile path: String, prefersEMA: Bool = true) throws(WeightsError) {
    switch try WeightFileForm(of: path) {
    case .safetensors: try self.init(safetensors: path)
    case .torch: try self.init(torchCheckpoint: path, prefersEMA: prefersEMA)
    case .keras: try self.init(kerasFile: path)
    case .npz: try self.init(npz: path)
    }
  }

  /// The one implementation that the tensors fit.
  ///
  /// - Throws: ``WeightsError`` if there is none, or a choice.
  fileprivate func implementation() throws(WeightsError) -> Implementation {
    let fits = implementations()
    guard let (first, fit) = fits.first, fit.isExact else {
      let closest = fits.first.map { "; \($0.implementation.name) comes closest" } ?? ""
      throw .unsupported(
        source: source,
        reason: "fits no network that is known\(closest); "
          + "'effnet inspect' says where it differs, --model names a network")
    }
    guard fits.count == 1 else {
      throw .unsupported(
        source: source,
        reason: "fits \(fits.map(\.implementation.name).joined(separator: " and ")), "
          + "which differ in padding, batch norm or preprocessing: name one with --model")
    }
    return first
  }
}

public import EfficientNet
internal import EfficientNetCompute

extension Model {
  /// What a weight file may lack or add, compared with the description it is read for.
  public struct FileOptions: Hashable, Sendable {
    /// Whether the moving averages of a training checkpoint that has both are taken.
    public var prefersEMA = true
    /// Whether the number of classes and of input channels is the file's own, or has to be the description's.
    public var adaptsEnds = true
    /// Whether a file without a classifier is taken, with zeros in its place: for a new head.
    public var allowsMissingHead = false

    /// The usual.
    public init() {}
  }

  /// Reads a weight file in any form that is known.
  ///
  /// - Parameter description: The network the file is for, and its preprocessing. Files of ours need none, nor do
  ///   files whose tensors fit one implementation only, or that lie beside a config.json of timm's.
  /// - Throws: ``WeightsError``, ``ArchitectureError``, ``HubError``.
  public init(
    weightFile path: String, for description: ModelDescription? = nil,
    options: FileOptions = FileOptions()
  ) throws {
    let weights = try Weights(weightFile: path, prefersEMA: options.prefersEMA)
    if Self.isDescribed(by: weights) {
      try self.init(described: weights)
      if let wanted = description?.architecture {
        let own = self.description.architecture
        guard wanted.name == own.name else {
          throw WeightsError.unsupported(
            source: path, reason: "is for \(own.name), not for \(wanted.name)")
        }
        guard wanted.stages == own.stages, wanted.padding == own.padding else {
          throw WeightsError.unsupported(
            source: path, reason: "is for another network that is also called \(own.name)")
        }
      }
      return
    }
    guard let naming = NameMap.detected(in: weights) else {
      let names = weights.names.prefix(3).map(WeightsError.quoted).joined(separator: ", ")
      throw WeightsError.unsupported(
        source: path,
        reason: "has none of the tensor names that are known (timm's, torchvision's, "
          + "EfficientNet-PyTorch's, Keras'), but \(names)")
    }
    let sibling = try HubConfiguration(besideWeights: path)?
      .description(provenance: description?.provenance ?? "")
    var known = description ?? sibling
    if let sibling, sibling.architecture.name == known?.architecture.name { known = sibling }
    if let known { try weights.check(known, naming: naming) }
    var result = try known ?? weights.implementation().imageNetDescription(provenance: path)
    if result.provenance.isEmpty { result.provenance = path }
    if options.adaptsEnds {
      result.architecture = result.architecture.withEnds(of: weights, naming: naming)
    }
    result = try result.adapted(toKeras: weights)
    if result.classes.count != result.architecture.classes {
      result.classes = ClassLabel.numbered(result.architecture.classes)
    }
    // The softmax of a single number is always one.
    if result.architecture.classes == 1 { result.output = .sigmoid }
    let complete =
      options.allowsMissingHead
      ? weights.addingHead(of: result.architecture, naming: naming) : weights
    try self.init(result, weights: complete, naming: naming)
  }
}

extension Weights {
  /// Reads the tensors of a weight file in any form that is known, under the names that they have there, without
  /// what wrappers put before them.
  ///
  /// - Throws: ``WeightsError``.
  public init(weightFile path: String, prefersEMA: Bool = true) throws(WeightsError) {
    switch try WeightFileForm(of: path) {
    case .safetensors: try self.init(safetensors: path)
    case .torch: try self.init(torchCheckpoint: path, prefersEMA: prefersEMA)
    case .keras: try self.init(kerasFile: path)
    case .npz: try self.init(npz: path)
    }
    self = unwrapped()
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

  /// Checks that the network that somebody named does not contradict what the file says of itself.
  ///
  /// - Throws: ``WeightsError``.
  fileprivate func check(
    _ description: ModelDescription, naming: NameMap
  ) throws(WeightsError) {
    let name = description.architecture.name
    if let stated = metadata[Self.architectureKey], name.hasPrefix("timm/"),
      let theirs = try? Implementation(named: "timm/\(stated)"), theirs.name != name
    {
      throw .unsupported(source: source, reason: "says that it is \(theirs.name), not \(name)")
    }
    guard let implementation = try? Implementation(named: name),
      !implementation.flavour.accepts(naming)
    else { return }
    throw .unsupported(
      source: source,
      reason: "has the names of \(naming.program), whose networks are not computed like \(name); "
        + "'effnet inspect' says which they are")
  }

  /// These tensors and, where the classifier's are missing, zeros.
  fileprivate func addingHead(of architecture: Architecture, naming: NameMap) -> Weights {
    let head = naming.parameters(of: architecture).filter {
      $0.parameter.name.hasPrefix("classifier.")
    }
    guard head.allSatisfy({ tensors[$0.name] == nil }) else { return self }
    var result = self
    for stored in head {
      let count = stored.shape.reduce(1, *)
      result.tensors[stored.name] = WeightTensor(
        shape: stored.shape, elements: Array(repeating: 0, count: count))
    }
    return result
  }
}

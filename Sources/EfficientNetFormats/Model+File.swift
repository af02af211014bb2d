public import EfficientNet
internal import EfficientNetCompute

extension Model {
  /// What a weight file may lack or add, compared with the description it is read for.
  public struct FileOptions: Hashable, Sendable {
    /// Whether the moving averages of a training checkpoint that has both are taken.
    public var prefersEMA = true
    /// Whether the number of classes and of input channels is the file's own, or has to be the description's.
    public var adaptsEnds = true
    /// Whether a file without a classifier is taken. The model then has no classes: it gives features, or gets a new head by
    /// ``Model/withNewHead(classes:using:)``.
    public var allowsMissingHead = false

    /// The usual.
    public init() {}
  }

  /// Reads a weight file in any form that is known.
  ///
  /// - Parameter description: The network the file is for, and its preprocessing. Files of ours need none, nor do
  ///   files whose tensors fit one network only, or that lie beside a config.json of timm's.
  ///
  /// What the file leaves open or has beside the network is in ``notes``. A Keras file with a configuration is compared
  /// with the network, layer by layer.
  ///
  /// - Throws: ``WeightsError``, ``ArchitectureError``, ``TimmConfigurationError``.
  public init(
    weightFile path: String, for description: ModelDescription? = nil,
    options: FileOptions = FileOptions()
  ) throws {
    do { try self.init(path, for: description, options: options) } catch let error as FormatError {
      throw error.named(path)
    }
    guard options.allowsMissingHead || self.description.architecture.classes > 0 else {
      throw WeightsError.noClassifier(source: path)
    }
  }

  private init(
    _ path: String, for description: ModelDescription?, options: FileOptions
  ) throws {
    let file = try WeightFile(path, prefersEMA: options.prefersEMA)
    let weights = file.weights
    if Self.isDescribed(by: weights) {
      try self.init(described: weights)
      if let wanted = description?.architecture {
        let own = self.description.architecture
        guard wanted.name == own.name else {
          throw FormatError.unsupported("is for \(own.name), not for \(wanted.name)")
        }
        guard wanted.stages == own.stages, wanted.padding == own.padding else {
          throw FormatError.unsupported("is for another network that is also called \(own.name)")
        }
      }
      return
    }
    guard let naming = NameMap.detected(in: weights) else {
      let names = weights.names.prefix(3).map(WeightsError.quoted).joined(separator: ", ")
      let prefixes = Weights.networkPrefixes(of: weights.names).map(WeightsError.quoted)
      guard prefixes.isEmpty else {
        throw FormatError.unsupported(
          "has a network under each of \(prefixes.prefix(5).joined(separator: " and ")): save one of them"
        )
      }
      throw FormatError.unsupported(
        "has none of the tensor names that are known (timm's, torchvision's, "
          + "EfficientNet-PyTorch's, Keras'), but \(names)")
    }
    let sibling = try TimmConfiguration(besideWeights: path)?
      .description(provenance: description?.provenance ?? "")
    var known = description ?? sibling
    if let sibling, sibling.architecture.name == known?.architecture.name { known = sibling }
    if let known { try weights.check(known, naming: naming) }
    var result = try known ?? weights.publishedNetwork().imageNetDescription(provenance: path)
    if result.provenance.isEmpty { result.provenance = path }
    let ends = result.architecture.withEnds(of: weights, naming: naming)
    if options.adaptsEnds {
      result.architecture = ends
    } else if ends.classes == 0 {
      result.architecture.classes = 0
    }
    var notes: [String] = []
    // A file for another network is told so by its tensors.
    let fit = WeightsFit(weights, to: result.architecture, naming: naming)
    if fit.missing.isEmpty, fit.mismatches.isEmpty {
      result = try result.adapted(toKeras: file, naming: naming, notes: &notes)
    }
    if result.classes.count != result.architecture.classes {
      result.classes = ClassLabel.numbered(result.architecture.classes)
    }
    // The softmax of a single number is always one.
    if result.architecture.classes == 1 { result.output = .sigmoid }
    try self.init(result, weights: weights, naming: naming)
    if let note = weights.noteOnBeside { notes.append(note) }
    self.notes = notes
  }
}

/// The contents of a weight file: its tensors and, of a Keras file, the configuration of the model.
package struct WeightFile {
  package var weights: Weights
  /// The model that a Keras file describes; nil if it has weights alone.
  let keras: KerasLayer?

  init(weights: Weights, keras: KerasLayer? = nil) {
    (self.weights, self.keras) = (weights, keras)
  }

  /// Reads a file: see ``Weights/init(weightFile:prefersEMA:)``.
  package init(_ path: String, prefersEMA: Bool = true) throws(WeightsError) {
    switch try WeightFileForm(of: path) {
    case .safetensors: self.init(weights: try Weights(safetensors: path))
    case .torch:
      self.init(weights: try Weights(torchCheckpoint: path, prefersEMA: prefersEMA))
    case .keras: self = try WeightFile(kerasFile: path)
    case .npz: self.init(weights: try Weights(npz: path))
    }
    weights = weights.unwrapped()
  }
}

extension Weights {
  /// Reads the tensors of a weight file in any form that is known, under the names that they have there, without
  /// what wrappers put before them.
  ///
  /// - Throws: ``WeightsError``.
  public init(weightFile path: String, prefersEMA: Bool = true) throws(WeightsError) {
    self = try WeightFile(path, prefersEMA: prefersEMA).weights
  }

  /// The one network that the tensors fit.
  ///
  /// - Throws: ``FormatError`` if there is none, or a choice.
  fileprivate func publishedNetwork() throws(FormatError) -> PublishedNetwork {
    let fits = publishedNetworks()
    guard let (first, fit) = fits.first, fit.isExact else {
      let closest =
        fits.first.map { network, fit in
          let difference =
            fit.missing.first.map { ", but the file has no \(WeightsError.quoted($0))" }
            ?? fit.extra.first.map { ", but has no tensor \(WeightsError.quoted($0))" } ?? ""
          return "; \(network.name) comes closest\(difference)"
        } ?? ""
      throw .unsupported(
        "fits no network that is known\(closest); "
          + "'effnet inspect' says where it differs, --model names a network")
    }
    guard fits.count == 1 else {
      throw .unsupported(
        "fits \(fits.map(\.network.name).joined(separator: " and ")), "
          + "which differ in padding, batch norm or preprocessing: name one with --model")
    }
    return first
  }

  /// Checks that the network that somebody named does not contradict what the file says of itself.
  ///
  /// - Throws: ``FormatError``.
  fileprivate func check(
    _ description: ModelDescription, naming: NameMap
  ) throws(FormatError) {
    let name = description.architecture.name
    if let stated = metadata[Self.architectureKey], name.hasPrefix("timm/"),
      let theirs = try? PublishedNetwork(named: "timm/\(stated)"), theirs.name != name
    {
      throw .unsupported("says that it is \(theirs.name), not \(name)")
    }
    guard let network = try? PublishedNetwork(named: name),
      !network.framework.accepts(naming)
    else { return }
    throw .unsupported(
      "has the names of \(naming.program), whose networks are not computed like \(name); "
        + "'effnet inspect' says which they are")
  }

  /// What is beside the network, in a sentence; nil if nothing is.
  package var noteOnBeside: String? {
    guard !beside.isEmpty else { return nil }
    let names = beside.prefix(5).map(WeightsError.quoted).joined(separator: ", ")
    return "\(source) has \(beside.count) more beside the network, not used: \(names)"
      + (beside.count > 5 ? ", …" : "")
  }
}

public import EfficientNet
internal import EfficientNetCompute

extension Model {
  /// The permitted differences between a weight file and the description of its network.
  public struct FileOptions: Hashable, Sendable {
    /// Whether to read the moving averages of a training checkpoint that has both them and the
    /// plain weights. The default is true.
    public var prefersEMA = true
    /// Whether the file determines the numbers of classes and input channels. If false, they must
    /// be those of the description. The default is true.
    public var adaptsEnds = true
    /// Whether to accept a file without a classifier. The default is false.
    ///
    /// Such a model has no classes: use its features, or add a classifier with
    /// `Model.withNewHead(classes:using:)`.
    public var allowsMissingHead = false

    /// Creates the default options.
    public init() {}
  }

  /// Reads a weight file: safetensors, a PyTorch checkpoint, a Keras file, .npz or ONNX.
  ///
  ///     let network = try PublishedNetwork(named: "timm/tf_efficientnet_b0")
  ///     let model = try Model(
  ///       weightFile: "tf_efficientnet_b0.pth", for: network.imageNetDescription(provenance: "timm"))
  ///
  /// The first bytes of the file select the format, not its name. `notes` lists the assumptions
  /// that the file leaves open, and values other than the network's that were ignored. A Keras file
  /// with a configuration is compared with the network layer by layer.
  ///
  /// - Parameters:
  ///   - path: The weight file, or the folder of a training run, whose best.safetensors is read.
  ///   - description: The network of the file and its preprocessing. You can leave it out for files
  ///     that this package wrote, for files whose tensors fit exactly one network, and for files
  ///     beside timm's config.json. ONNX files of other programs need it.
  ///   - options: The permitted differences between file and description.
  /// - Throws: `WeightsError`, `ArchitectureError`, ``TimmConfigurationError``.
  public init(
    weightFile path: String, for description: ModelDescription? = nil,
    options: FileOptions = FileOptions()
  ) throws {
    let path = try Self.weightFile(at: path)
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
    if try WeightFileForm(of: path) == .onnx {
      try self.init(onnx: path, for: description, options: options)
      return
    }
    let file = try WeightFile(path, prefersEMA: options.prefersEMA)
    let weights = file.weights
    if let own = try Self.description(in: weights)?.architecture {
      try description?.architecture.requireSame(as: own)
      try self.init(described: weights, read: file.read)
      return
    }
    guard let naming = NameMap.detected(in: weights) else {
      guard !weights.names.isEmpty else { throw FormatError.unsupported("has no tensors") }
      let names = weights.names.prefix(3).map(WeightsError.quoted).joined(separator: ", ")
      let prefixes = Weights.networkPrefixes(of: weights.names).map(WeightsError.quoted)
      guard prefixes.isEmpty else {
        throw FormatError.unsupported(
          "has several networks, with the prefixes "
            + "\(prefixes.prefix(5).joined(separator: " and ")); save one of them to a file")
      }
      throw FormatError.unsupported(
        "has unknown tensor names, such as \(names); "
          + "known are those of timm, torchvision, EfficientNet-PyTorch and Keras")
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
    // For a file of another network, the error about its tensors is clearer.
    let fit = WeightsFit(weights, to: result.architecture, naming: naming)
    if fit.missing.isEmpty, fit.mismatches.isEmpty {
      result = try result.adapted(toKeras: file, naming: naming, notes: &notes)
    }
    if result.classes.count != result.architecture.classes {
      result.classes = ClassLabel.numbered(result.architecture.classes)
    }
    // The softmax of a single number is always 1.
    if result.architecture.classes == 1 { result.output = .sigmoid }
    try self.init(result, weights: weights, naming: naming, read: file.read)
    if let known, let note = weights.noteOnFramework(readAs: known) { notes.append(note) }
    if let note = weights.noteOnBeside { notes.append(note) }
    self.notes = notes
  }
}

/// The contents of a weight file: its tensors and, for a Keras file, the configuration of the
/// model.
package struct WeightFile {
  /// The tensors. Those of safetensors and of PyTorch's zip archives have no elements before
  /// ``read()``: a file of another network is refused before gigabytes are read.
  package private(set) var weights: Weights
  /// The model that a Keras file describes; nil if the file has only weights.
  let keras: KerasLayer?
  /// Reads the tensors with their elements; nil if `weights` has all elements.
  private let readAll: (() throws(WeightsError) -> Weights)?

  init(
    weights: Weights, keras: KerasLayer? = nil,
    readAll: (() throws(WeightsError) -> Weights)? = nil
  ) {
    (self.weights, self.keras, self.readAll) = (weights, keras, readAll)
  }

  /// Opens a file: see ``Weights/init(weightFile:prefersEMA:)``.
  package init(_ path: String, prefersEMA: Bool = true) throws(WeightsError) {
    switch try WeightFileForm(of: path) {
    case .safetensors:
      self.init(weights: try Weights(outlineOf: path)) { () throws(WeightsError) in
        try Weights(safetensors: path)
      }
    case .torch:
      func readAll() throws(WeightsError) -> Weights {
        try Weights(torchCheckpoint: path, prefersEMA: prefersEMA)
      }
      if let outline = try Weights(torchOutlineOf: path, prefersEMA: prefersEMA) {
        self.init(weights: outline, readAll: readAll)
      } else {
        self.init(weights: try readAll())
      }
    case .keras: self = try WeightFile(kerasFile: path)
    case .npz: self.init(weights: try Weights(npz: path))
    case .onnx:
      throw .unsupported(
        source: path,
        reason: "is an ONNX file, whose tensors may have any names; 'effnet convert' reads it "
          + "as a network and writes safetensors")
    }
    weights = weights.unwrapped()
  }

  /// Returns the tensors with their elements.
  func read() throws(WeightsError) -> Weights {
    try readAll.map { (readAll) throws(WeightsError) in try readAll().unwrapped() } ?? weights
  }
}

extension Weights {
  /// Reads the tensors of a safetensors file, a PyTorch checkpoint, a Keras file or a .npz file.
  ///
  /// The tensors keep their names, without prefixes that wrappers put before all of them.
  ///
  /// - Parameters:
  ///   - path: The weight file.
  ///   - prefersEMA: Whether to read the moving averages of a checkpoint that has both them and the
  ///     plain weights.
  /// - Throws: `WeightsError`.
  public init(weightFile path: String, prefersEMA: Bool = true) throws(WeightsError) {
    self = try WeightFile(path, prefersEMA: prefersEMA).read()
  }

  /// Returns the only network that the tensors fit.
  ///
  /// - Throws: ``FormatError`` if no network fits, or more than one.
  fileprivate func publishedNetwork() throws(FormatError) -> PublishedNetwork {
    let fits = publishedNetworks()
    guard let (first, fit) = fits.first, fit.isExact else {
      let closest =
        fits.first.map { network, fit in
          let difference =
            fit.missing.first.map { ", but the file has no \(WeightsError.quoted($0))" }
            ?? fit.extra.first.map { ", but has no tensor \(WeightsError.quoted($0))" } ?? ""
          return "; the closest is \(network.name)\(difference)"
        } ?? ""
      throw .network("fits no known network\(closest)")
    }
    guard fits.count == 1 else {
      throw .network(
        "fits \(fits.map(\.network.name).joined(separator: " and ")), "
          + "which differ in padding, batch norm or preprocessing")
    }
    return first
  }

  /// Checks that the description does not contradict what the file states about its network.
  fileprivate func check(
    _ description: ModelDescription, naming: NameMap
  ) throws(FormatError) {
    let name = description.architecture.name
    if let stated = metadata[Self.architectureKey], name.hasPrefix("timm/"),
      let theirs = try? PublishedNetwork(named: "timm/\(stated)"), theirs.name != name
    {
      throw .unsupported("states that its network is \(theirs.name), not \(name)")
    }
    guard let network = try? PublishedNetwork(named: name),
      !network.framework.accepts(naming), !states(network)
    else { return }
    throw .network(
      "has the tensor names of \(naming.program), whose networks compute differently from \(name)")
  }

  /// A note about values in the file that are not the network's, or nil if there are none.
  package var noteOnBeside: String? {
    guard !beside.isEmpty else { return nil }
    let names = beside.prefix(5).map(WeightsError.quoted).joined(separator: ", ")
    return "\(source) has \(beside.count) other values, not used: \(names)"
      + (beside.count > 5 ? ", …" : "")
  }
}

import ArgumentParser
import EfficientNet
import EfficientNetFormats
import EfficientNetHub
import EfficientNetSystem
import EfficientNetTraining

/// The source of a network and its weights, as a command line or a file of features names it.
///
///     let model = try ModelSource(network: "runs/train/photos").load()
struct ModelSource {
  /// The word that names the network, and its kind; nil if the weights name the network.
  var named: (word: String, kind: Kind)?
  /// Factors on the channels and repeats of the family's baseline or of the JSON file.
  var width, depth: Double?
  /// The side of the input image in pixels; nil for the network's own.
  var resolution: Int?
  /// A weight file or the folder of a run; nil for the downloaded weights.
  var weights: String?
  /// Whether to use the moving averages of a checkpoint that has both.
  var prefersEMA = true

  /// A short name, a framework's name, a repository or a JSON file; nil if the weights name it.
  var name: String? { named?.word }

  /// The named network, or the default one.
  private var chosen: (word: String, kind: Kind) {
    get throws { try named ?? ("lite0", .published(PublishedNetwork(named: "lite0"))) }
  }

  /// Loads the network with its weights, and prints notes on what the file leaves open.
  ///
  /// - Parameters:
  ///   - needsClassifier: Whether a file without a classifier is refused.
  ///   - isPredicting: Whether the network predicts as it is, so that another resolution than that
  ///     of its file is noted.
  /// - Throws: `ValidationError`, or an error of reading a file, with a remedy.
  func load(needsClassifier: Bool = true, isPredicting: Bool = false) throws -> Model {
    if weights == nil, width != nil || depth != nil {
      throw ValidationError("--width and --depth need --weights with weights of that size")
    }
    let path = try weightFile()
    try StandardError.note([run()?.unfinishedNote].compactMap(\.self))
    let model = try weights != nil ? read(path, needsClassifier) : downloaded(path, needsClassifier)
    guard let resolution else { return model }
    let own = model.description.architecture.resolution
    if isPredicting, weights != nil, resolution != own {
      StandardError.note(
        "\(path) is for photos of \(own) pixels; at \(resolution) its predictions may be wrong")
    }
    if model.description.quantization != nil, resolution != own {
      StandardError.note(
        "\(path) is rounded to int8 for \(own) pixels; at \(resolution) the network has floats")
    }
    return try model.withResolution(resolution)
  }

  /// Returns the network with its preprocessing: that of the weights, if there are some, otherwise
  /// that of the name; nil without both.
  func description() throws -> ModelDescription? {
    try weights == nil ? namedDescription() : load(needsClassifier: false).description
  }

  /// Returns the network alone.
  ///
  /// - Throws: `ValidationError` if none is named.
  func architecture() throws -> Architecture {
    guard let description = try description() else {
      throw ValidationError("no network given; name one with --model")
    }
    return description.architecture
  }

  func run() throws -> RunFolder? {
    try weights.flatMap { Folder.exists($0) ? try RunFolder(existing: $0) : nil }
  }

  /// Returns the path of the weights: the file itself, the best weights of the run, or the
  /// downloaded file.
  ///
  /// - Throws: An error with a remedy if there are no weights.
  func weightFile() throws -> String {
    if let weights {
      // The error for a folder that is not one of a run says so.
      return try Model.weightFile(at: run()?.path ?? weights)
    }
    let (name, kind) = try chosen
    switch kind {
    case .file:
      throw ValidationError("\(name) has no weights; name a weight file with --weights")
    case .snapshot(let snapshot): return snapshot.weightsPath
    case .published(let network):
      let cache = try ModelCache.standard
      guard cache.contains(name) else {
        throw CommandError(
          "there are no weights for \(name) at \(cache.path(of: name)); "
            + Self.remedy(forNoWeightsOf: network), kind: "noWeights")
      }
      return cache.path(of: name)
    }
  }

  /// The files that loading reads, and all other files of the run that has the weights: no output
  /// may replace them.
  var files: [String] {
    var files = [(try? weightFile()) ?? weights].compactMap(\.self)
    if let file = files.first {
      files += RunFolder.files(in: String(Folder.parent(of: file).dropLast()))
    }
    guard let (name, kind) = named else { return files }
    if case .file = kind { files.append(name) }
    if weights == nil, case .snapshot(let snapshot) = kind {
      files.append(snapshot.configurationPath)
    }
    return files
  }

  /// Returns the network of the name with its preprocessing; nil without a name.
  private func namedDescription() throws -> ModelDescription? {
    guard let (name, kind) = named else { return nil }
    var description: ModelDescription
    switch kind {
    case .file:
      description = try Architecture(json: name).scaled(width: width, depth: depth)
        .standardDescription(provenance: "")
    case .published(let network):
      description = network.description(width: width, depth: depth, provenance: "")
    case .snapshot(let snapshot):
      guard width == nil, depth == nil else {
        throw ValidationError(
          "--width and --depth cannot be used with \(name), which has weights of one size")
      }
      description = try snapshot.configuration.description(provenance: "")
    }
    if let resolution { description = description.at(resolution: resolution) }
    try description.architecture.validate()
    return description
  }

  /// Reads a weight file for the network of the name.
  private func read(_ path: String, _ needsClassifier: Bool) throws -> Model {
    var options = Model.FileOptions()
    options.prefersEMA = prefersEMA
    options.allowsMissingHead = !needsClassifier
    // A JSON file states the number of classes; do not adapt it to the weights.
    if case .file = named?.kind { options.adaptsEnds = false }
    return try Self.noting {
      let description = try namedDescription() ?? StatedNetwork(ofFile: path)?.description
      return try Model(weightFile: path, for: description, options: options)
    }
  }

  /// Reads the downloaded weights of the name.
  private func downloaded(_ path: String, _ needsClassifier: Bool) throws -> Model {
    let (name, kind) = try chosen
    // A download that does not load is damaged.
    let remedy =
      PretrainedModel(named: name) != nil || (try? HubRepository(name)) != nil
      ? "; 'effnet pull \(name) --force' downloads it again" : ""
    return try Self.noting(remedy: remedy) {
      switch kind {
      case .snapshot(let snapshot): try snapshot.model(allowsMissingHead: !needsClassifier)
      case .published(let network):
        try Model(weightFile: path, for: network.imageNetDescription(provenance: ""))
      case .file: preconditionFailure("\(name) has no weights, but they are at \(path)")
      }
    }
  }

  /// Returns where the weights of a network are: "download them with 'effnet pull lite0'".
  private static func remedy(forNoWeightsOf network: PublishedNetwork) -> String {
    if PretrainedModel(named: network.name) != nil {
      return "download them with 'effnet pull \(network.name)'"
    }
    let others = "name a weight file; 'effnet train --from-scratch' needs none"
    guard let repository = network.repository else { return others }
    return Kind.snapshot(named: repository) != nil
      ? "name \(repository), which is downloaded"
      : "run 'effnet pull \(repository)' and name \(repository) instead, or \(others)"
  }

  /// Reads a model, and prints its notes.
  ///
  /// - Throws: The errors of `read`, with a remedy.
  private static func noting(remedy: String = "", _ read: () throws -> Model) throws -> Model {
    do {
      let model = try read()
      StandardError.note(model.notes)
      return model
    } catch WeightsError.noClassifier(let source) {
      throw CommandError(
        "\(source) has no classifier: 'effnet train' trains one on your photos, 'effnet convert --classes' adds "
          + "one with random weights; 'effnet embed', 'similar', 'duplicates' and 'label' need none",
        kind: "noClassifier")
    } catch  where !remedy.isEmpty {
      throw CommandError("\(error)\(remedy)", kind: error.kind)
    } catch let error as WeightsError {
      guard case .network(_, let reason) = error else { throw error }
      let own =
        reason.hasPrefix("fits no known network")
        ? "; for a network of your own, --model takes the JSON of 'effnet models RUN --json'"
          + (GivenOptions.names.contains("--model") ? ", --weights this file" : "") : ""
      throw CommandError(
        "\(error) with --model; 'effnet inspect' shows the differences\(own)", kind: "network")
    }
  }
}

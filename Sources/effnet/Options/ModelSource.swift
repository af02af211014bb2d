import ArgumentParser
import EfficientNet
import EfficientNetFormats
import EfficientNetHub

/// Where a network and its weights come from, as a command line or a file of features names them.
///
///     let model = try ModelSource(name: "b0", weights: "b0.pth").load()
struct ModelSource {
  /// A short name, a framework's, a repository, or a JSON file; nil where the weights say what they are for.
  var name: String?
  /// Factors on the channels and the repeats of the family's baseline, or of the JSON file.
  var width, depth: Double?
  /// Side of the input image in pixels; nil for the network's own.
  var resolution: Int?
  /// A weight file; nil for the downloaded weights.
  var weights: String?
  /// Whether the moving averages of a checkpoint that has both are taken.
  var prefersEMA = true

  /// The network that runs where none is named.
  private static let standardName = "lite0"

  /// The network with its weights, at the resolution. Notes on what the file leaves open are printed.
  ///
  /// - Throws: `ValidationError`, and what reading a file throws, with what to do about it.
  func load(needsClassifier: Bool = true) throws -> Model {
    let model = try weights.map { try read($0, needsClassifier) } ?? downloaded(needsClassifier)
    return try resolution.map(model.withResolution) ?? model
  }

  /// The network of the weight file if there is one, else that of the name.
  func architecture(needsClassifier: Bool = true) throws -> Architecture {
    if weights != nil { return try load(needsClassifier: needsClassifier).description.architecture }
    guard let description = try description() else {
      throw ValidationError("name a network with --model")
    }
    return description.architecture
  }

  /// The network that the name stands for, with its preprocessing; nil without a name.
  func description() throws -> ModelDescription? {
    guard let name else { return nil }
    var description: ModelDescription
    switch try Kind(of: name) {
    case .file:
      description = try Architecture(json: name).scaled(width: width, depth: depth)
        .standardDescription(provenance: "")
    case .published(let network):
      description = network.description(width: width, depth: depth, provenance: "")
    case .snapshot(let snapshot):
      guard width == nil, depth == nil else {
        throw ValidationError("--width and --depth are for networks without weights")
      }
      description = try snapshot.configuration.description(provenance: "")
    }
    if let resolution { description = description.at(resolution: resolution) }
    try description.architecture.validate()
    return description
  }

  /// The files that are read.
  var files: [String] {
    if let weights {
      return [weights] + [name].compactMap(\.self).filter { $0.hasSuffix(".json") }
    }
    let name = name ?? Self.standardName
    if case .snapshot(let snapshot) = try? Kind(of: name) {
      return [snapshot.weightsPath, snapshot.configurationPath]
    }
    // Without a cache nothing is read.
    return [(try? ModelCache.standard)?.path(of: name)].compactMap(\.self)
  }

  /// Reads a weight file for the network of the name.
  private func read(_ path: String, _ needsClassifier: Bool) throws -> Model {
    var options = Model.FileOptions()
    options.prefersEMA = prefersEMA
    options.allowsMissingHead = !needsClassifier
    // A file of one's own states the number of classes.
    options.adaptsEnds = name?.hasSuffix(".json") != true
    return try Self.noting {
      try Model(weightFile: path, for: description(), options: options)
    }
  }

  /// Reads the downloaded weights of the name.
  private func downloaded(_ needsClassifier: Bool) throws -> Model {
    let name = name ?? Self.standardName
    if width != nil || depth != nil {
      throw ValidationError("--width and --depth need --weights that fit them")
    }
    let isPretrained = PretrainedModel(named: name) != nil
    // What was downloaded and does not load any more is damaged.
    let remedy =
      isPretrained || (try? HubRepository(name)) != nil
      ? "; 'effnet pull \(name) --force' downloads it again" : ""
    switch try Kind(of: name) {
    case .file:
      throw ValidationError("\(name) describes a network: name its weights with --weights")
    case .snapshot(let snapshot):
      return try Self.noting(remedy: remedy) {
        try snapshot.model(allowsMissingHead: !needsClassifier)
      }
    case .published(let network):
      let path = try ModelCache.standard.path(of: name)
      guard try ModelCache.standard.contains(name) else {
        throw CommandError(
          "there are no weights for \(name) at \(path)"
            + (isPretrained
              ? "; download them with 'effnet pull \(name)'"
              : ": name a file with --weights, or pull a repository like timm/efficientnet_b0.ra_in1k")
        )
      }
      return try Self.noting(remedy: remedy) {
        try Model(weightFile: path, for: network.imageNetDescription(provenance: ""))
      }
    }
  }

  /// Reads a model, and prints what that noted.
  ///
  /// - Throws: What `read` throws, with what to do about it.
  private static func noting(remedy: String = "", _ read: () throws -> Model) throws -> Model {
    do {
      let model = try read()
      StandardError.note(model.notes)
      return model
    } catch WeightsError.noClassifier(let source) {
      throw CommandError(
        "\(source) has no classifier: 'effnet train' trains one on your photos, 'effnet convert --classes' adds an "
          + "untrained one; 'effnet embed', 'similar', 'duplicates' and 'label' need none")
    } catch let error as WeightsError where error.description.hasSuffix(Model.networkAdvice) {
      throw CommandError("\(error) with --model; 'effnet inspect' shows the differences")
    } catch  where !remedy.isEmpty {
      throw CommandError("\(error)\(remedy)")
    }
  }

  /// What a name stands for.
  enum Kind {
    case file
    case published(PublishedNetwork)
    case snapshot(HubSnapshot)

    /// - Throws: `ValidationError` if there is no such network.
    init(of name: String) throws {
      if name.hasSuffix(".json") {
        self = .file
        return
      }
      if let repository = try? HubRepository(name),
        let snapshot = (try? ModelCache.standard)?.snapshot(of: repository)
      {
        self = .snapshot(snapshot)
        return
      }
      do { self = .published(try PublishedNetwork(named: name)) } catch {
        // timm's repositories on Hugging Face have the network's name and a tag.
        let framework = name.split(separator: "/").first ?? ""
        let isKnown = PublishedNetwork.all.contains { $0.name.hasPrefix("\(framework)/") }
        let isRepository =
          (try? HubRepository(name)) != nil && (!isKnown || name.contains("."))
        throw ValidationError(
          isRepository
            ? "\(name) is not downloaded: 'effnet pull \(name)' does that" : "\(error)")
      }
    }
  }
}

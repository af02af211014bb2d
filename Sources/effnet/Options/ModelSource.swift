import ArgumentParser
import EfficientNet
import EfficientNetFormats
import EfficientNetHub

/// The source of a network and its weights, as a command line or a file of features names it.
///
///     let model = try ModelSource(name: "b0", weights: "b0.pth").load()
struct ModelSource {
  /// A short name, a framework's name, a repository or a JSON file; nil if the weights name it.
  var name: String?
  /// Factors on the channels and repeats of the family's baseline or of the JSON file.
  var width, depth: Double?
  /// The side of the input image in pixels; nil for the network's own.
  var resolution: Int?
  /// A weight file; nil for the downloaded weights.
  var weights: String?
  /// Whether to use the moving averages of a checkpoint that has both.
  var prefersEMA = true

  /// The default network.
  private static let standardName = "lite0"

  /// Loads the network with its weights, and prints notes on what the file leaves open.
  ///
  /// - Throws: `ValidationError`, or an error of reading a file, with a remedy.
  func load(needsClassifier: Bool = true) throws -> Model {
    let model = try weights.map { try read($0, needsClassifier) } ?? downloaded(needsClassifier)
    return try resolution.map(model.withResolution) ?? model
  }

  /// Returns the network of the weight file, if there is one, otherwise of the name.
  func architecture(needsClassifier: Bool = true) throws -> Architecture {
    if weights != nil { return try load(needsClassifier: needsClassifier).description.architecture }
    guard let description = try description() else {
      throw ValidationError("no network given; name one with --model")
    }
    return description.architecture
  }

  /// Returns the network of the name with its preprocessing; nil without a name.
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
        throw ValidationError(
          "--width and --depth cannot be used with \(name), which has weights of one size")
      }
      description = try snapshot.configuration.description(provenance: "")
    }
    if let resolution { description = description.at(resolution: resolution) }
    try description.architecture.validate()
    return description
  }

  /// The files that loading reads.
  var files: [String] {
    if let weights {
      return [weights] + [name].compactMap(\.self).filter { $0.hasSuffix(".json") }
    }
    let name = name ?? Self.standardName
    if case .snapshot(let snapshot) = try? Kind(of: name) {
      return [snapshot.weightsPath, snapshot.configurationPath]
    }
    // Without a cache folder there is no file.
    return [(try? ModelCache.standard)?.path(of: name)].compactMap(\.self)
  }

  /// Reads a weight file for the network of the name.
  private func read(_ path: String, _ needsClassifier: Bool) throws -> Model {
    var options = Model.FileOptions()
    options.prefersEMA = prefersEMA
    options.allowsMissingHead = !needsClassifier
    // A JSON file states the number of classes; do not adapt it to the weights.
    options.adaptsEnds = name?.hasSuffix(".json") != true
    return try Self.noting {
      try Model(weightFile: path, for: description(), options: options)
    }
  }

  /// Reads the downloaded weights of the name.
  private func downloaded(_ needsClassifier: Bool) throws -> Model {
    let name = name ?? Self.standardName
    if width != nil || depth != nil {
      throw ValidationError("--width and --depth need --weights with weights of that size")
    }
    let isPretrained = PretrainedModel(named: name) != nil
    // A download that does not load is damaged.
    let remedy =
      isPretrained || (try? HubRepository(name)) != nil
      ? "; 'effnet pull \(name) --force' downloads it again" : ""
    switch try Kind(of: name) {
    case .file:
      throw ValidationError("\(name) has no weights; name a weight file with --weights")
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
              : "; name a file with --weights, or pull a repository such as timm/efficientnet_b0.ra_in1k")
        )
      }
      return try Self.noting(remedy: remedy) {
        try Model(weightFile: path, for: network.imageNetDescription(provenance: ""))
      }
    }
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
          + "one with random weights; 'effnet embed', 'similar', 'duplicates' and 'label' need none"
      )
    } catch  where !remedy.isEmpty {
      throw CommandError("\(error)\(remedy)")
    } catch let error as WeightsError where error.description.hasSuffix(Model.networkAdvice) {
      throw CommandError("\(error) with --model; 'effnet inspect' shows the differences")
    }
  }

  /// The kind of network that a name stands for.
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
        // The names of timm's repositories on Hugging Face are the network's name and a tag.
        let framework = name.split(separator: "/").first ?? ""
        let isKnown = PublishedNetwork.all.contains { $0.name.hasPrefix("\(framework)/") }
        let isRepository =
          (try? HubRepository(name)) != nil && (!isKnown || name.contains("."))
        throw ValidationError(
          isRepository
            ? "\(name) is not downloaded; run 'effnet pull \(name)'" : "\(error)")
      }
    }
  }
}

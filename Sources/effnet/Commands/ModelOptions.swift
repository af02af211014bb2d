import ArgumentParser
import EfficientNet
import EfficientNetFormats
import EfficientNetHub

/// Which network: a name, or a file with one's own, and its scale.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The network: a short name (b0), a framework's (timm/tf_efficientnet_b0), or a JSON file. 'effnet models' lists them.",
      valueName: "name|file.json"))
  var model: String?
  @Option(
    parsing: .unconditional,
    help: "Factor on the channels of the family's baseline, or of the file.")
  var width: Double?
  @Option(
    parsing: .unconditional,
    help: "Factor on the repeats of the family's baseline, or of the file.")
  var depth: Double?
  @Option(parsing: .unconditional, help: "Side of the input image in pixels.")
  var resolution: Int?

  func validate() throws {
    for (option, value) in [("--width", width), ("--depth", depth)] {
      guard let value else { continue }
      guard model != nil else { throw ValidationError("\(option) needs --model") }
      guard value >= 0.01, value <= 20 else {
        throw ValidationError("\(option) is \(value); it may be 0.01 to 20")
      }
    }
    try NetworkOptions.check(resolution ?? 1, "--resolution", 1...8192)
    if let model { _ = try Self.source(of: model) }
  }

  /// What --model names.
  enum Source {
    case file(String)
    case implementation(Implementation)
    case snapshot(HubSnapshot)
  }

  /// - Throws: `ValidationError` if there is no such network.
  static func source(of model: String) throws -> Source {
    if model.hasSuffix(".json") { return .file(model) }
    if let repository = try? HubRepository(model),
      let snapshot = (try? ModelCache.standard)?.snapshot(of: repository)
    {
      return .snapshot(snapshot)
    }
    do { return .implementation(try Implementation(named: model)) } catch {
      // timm's repositories on Hugging Face have the network's name and a tag.
      let framework = model.split(separator: "/").first ?? ""
      let isKnown = Implementation.all.contains { $0.name.hasPrefix("\(framework)/") }
      let isRepository =
        (try? HubRepository(model)) != nil && (!isKnown || model.contains("."))
      throw ValidationError(
        isRepository
          ? "\(model) is not downloaded: 'effnet pull \(model)' does that" : "\(error)")
    }
  }

  /// Reads a weight file for the network that the options describe, at their resolution.
  func load(
    _ path: String, prefersEMA: Bool, needsClassifier: Bool = true
  ) throws -> Model {
    var options = Model.FileOptions()
    options.prefersEMA = prefersEMA
    options.allowsMissingHead = !needsClassifier
    // A file of one's own states the number of classes.
    options.adaptsEnds = model?.hasSuffix(".json") != true
    let loaded = try Self.noting {
      try Model(weightFile: path, for: description(), options: options)
    }
    return try resolution.map(loaded.withResolution) ?? loaded
  }

  /// Reads a model, and prints what that noted.
  ///
  /// - Throws: ``MissingClassifier``, and what `read` throws.
  static func noting(_ read: () throws -> Model) throws -> Model {
    do {
      let model = try read()
      for note in model.notes { StandardError.note(note) }
      return model
    } catch WeightsError.noClassifier(let source) {
      throw MissingClassifier(source: source)
    }
  }

  /// The network that the options describe, with its preprocessing; nil without --model.
  func description() throws -> ModelDescription? {
    guard let model else { return nil }
    var description: ModelDescription
    switch try Self.source(of: model) {
    case .file(let path):
      description = try Architecture(json: path).scaled(width: width, depth: depth)
        .standardDescription(provenance: "")
    case .implementation(let implementation):
      description = implementation.description(width: width, depth: depth, provenance: "")
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
}

/// A command needs a classifier, and the weights have none.
struct MissingClassifier: Error, CustomStringConvertible {
  let source: String

  var description: String {
    ("\(source) has no classifier: 'effnet train' trains one on your photos, 'effnet convert --classes' adds an "
      + "untrained one; 'effnet embed', 'similar', 'duplicates' and 'label' need none").oneLine
  }
}

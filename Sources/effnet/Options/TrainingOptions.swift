import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

/// Options for photos, network and recipe, shared by `train`, `find-lr` and `augment`.
struct TrainingOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("A folder, a CSV file or tar archives.", valueName: "photos"))
  var places: [String] = []
  @OptionGroup var network: ModelOptions
  @OptionGroup var file: WeightOptions
  @Flag(help: "Start from random weights (default: pretrained weights).") var fromScratch = false
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var shortening: StageOptions
  @OptionGroup var cropping: CropOptions
  @OptionGroup var recipe: TrainingRecipeOptions
  @Option(
    number: "Share of each class to hold out for validation, if the data has no validation split.")
  var split = 0.2
  @Option(
    number: """
      Use at most this many photos, training and validation together, every class in proportion; \
      --seed chooses them, so compare seeds without it (default: all).
      """)
  var limit: Int?
  @Option(
    number: """
      Train on at most this many photos, every class in proportion; --seed chooses them, and all \
      validation photos stay (default: all).
      """)
  var limitTraining: Int?
  @Option(number: "Seed of all random numbers.") var seed: UInt64 = 0
  @Option(
    number: """
      Stop after more than this many unreadable photos, training and validation together \
      (default: 10).
      """)
  var broken: Int?
  @OptionGroup var processors: ThreadOptions

  var photos: String? { places.first }

  func validate() throws {
    try check(limit, "--limit", 1...1 << 40)
    try check(limitTraining, "--limit-training", 1...1 << 40)
    if limit != nil, limitTraining != nil {
      throw ValidationError("--limit and --limit-training cannot be used together")
    }
    try check(broken, "--broken", 0...1 << 40)
    try check(split: split)
    if places.count > 1 {
      throw ValidationError(
        "photos must be one folder, table or archive, not \(places.count); for several archives, name their "
          + "folder, or a pattern in quotation marks such as 'shards/*.tar'")
    }
    if fromScratch, file.weights != nil {
      throw ValidationError("--from-scratch starts from random weights; leave out --weights")
    }
    if shortening.stages != nil, !fromScratch {
      throw ValidationError(
        "--stages makes a network without weights; add --from-scratch, or leave out --stages")
    }
    if fromScratch, network.model == nil { throw ValidationError("--from-scratch needs --model") }
  }

  func namedPhotos() throws -> String {
    guard let photos else { throw ValidationError("no photos given; name photos to train on") }
    if RunFolder.isRun(names: (try? Folder.names(photos)) ?? []) {
      throw ValidationError(
        "\(photos) is the folder of a run; name photos, or continue the run: "
          + shellLine(["effnet", "train", "--resume", photos]))
    }
    return photos
  }

  /// Returns the network to start from, with a classifier for the photos' classes: the one of the
  /// weights if it has the same classes in the same order, otherwise a new one.
  func model(classes: [ClassLabel], newHead: Bool) throws -> (Model, StartingHead) {
    var (model, head) = try started(classes: classes, newHead: newHead)
    cropping.apply(to: &model)
    return (model, head)
  }

  private func started(classes: [ClassLabel], newHead: Bool) throws -> (Model, StartingHead) {
    let source = try ModelSource(network, file, scale: scale)
    if fromScratch, var description = try source.description() {
      description.architecture = try shortening.apply(to: description.architecture)
      return (try Model(untrained: description, classes: classes, seed: seed), .random)
    }
    try checkWeights(of: source)
    let model = try source.load(needsClassifier: false)
    let hasHead = model.weights.tensors["classifier.weight"] != nil
    if hasHead, !newHead, model.description.classes == classes { return (model, .kept) }
    var generator = SeededGenerator(seed: seed)
    return (
      try model.withNewHead(classes: classes, using: &generator),
      newHead || !hasHead ? .new : .replaced
    )
  }
}

extension TrainingOptions {
  /// Refuses a network that has no weights by itself, unless the options name a weight file.
  private func checkWeights(of source: ModelSource) throws {
    guard source.weights == nil else { return }
    let remedy =
      "start from random weights with --from-scratch, or name a weight file with --weights"
    if source.width != nil || source.depth != nil {
      throw ValidationError("a network with --width or --depth has no weights; \(remedy)")
    }
    if let (name, kind) = source.named, case .file = kind {
      throw ValidationError("\(name) has no weights; \(remedy)")
    }
  }

  /// The number of validation photos that trained the weights to start from, and the note on them;
  /// nil if none is known to have done so.
  func trainedBefore(of validation: Dataset) throws -> (count: Int, note: String)? {
    guard !fromScratch, let weights = try ModelSource(network, file, scale: scale).weights,
      let run = RunFolder.ofWeights(weights),
      case let uses? = run.uses(of: validation.samples, note: { StandardError.note($0) }),
      case let count = uses.count(where: { $0 == .training }), count > 0
    else { return nil }
    let begun = try run.readSettings()
    let remedy =
      begun.seed == seed && begun.validationShare == split
      ? "" : "; use its --seed \(begun.seed) and --split \(begun.validationShare.shortest)"
    let note =
      "\(count) of the \(validation.samples.count) validation photos trained the weights of "
      + "\(run.path), so their accuracy is too good\(remedy)"
    return (count, note)
  }
}

/// The origin of the classifier of a network that starts to learn.
enum StartingHead: String {
  case kept = "the classifier of the weights is kept: same classes"
  case replaced = "a new classifier: the weights have other classes"
  case new = "a new classifier"
  case random = "random weights"
}

/// Options of learning, shared by `train` and `find-lr`.
struct LearningOptions: ParsableArguments {
  @Flag(
    help: """
      Start with a new classifier (default: only if the classes of the weights are not those of the \
      photos, in the same order).
      """)
  var newHead = false
  @Option(
    help: """
      Layers to freeze: nothing, backbone, or backbone:N for the stem and stages 1 to N (default: \
      nothing).
      """,
    transform: Self.freezing)
  var freeze = Freezing.nothing
  @OptionGroup var numbers: PrecisionOptions
  @OptionGroup var cache: CacheOptions

  func validate() throws { try numbers.validateTraining() }

  private static func freezing(_ text: String) throws -> Freezing {
    guard let freezing = Freezing(text) else {
      throw ValidationError("it must be nothing, backbone or backbone:N")
    }
    return freezing
  }
}

import ArgumentParser
import EfficientNet
import EfficientNetTraining

/// Photos, network and recipe of a training: what `train`, `find-lr` and `augment` have in common.
struct TrainingOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("A folder, a CSV file, or tar archives.", valueName: "photos"))
  var places: [String] = []
  @OptionGroup var network: ModelOptions
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var file: WeightOptions
  @Flag(help: "Begin with untrained weights.") var fromScratch = false
  @OptionGroup var recipe: TrainingRecipeOptions
  @Option(number: "Share of the photos to validate with, where the data does not say which.")
  var split = 0.2
  @Option(number: "The most photos, every class in proportion.") var limit: Int?
  @Option(number: "What everything random is drawn from.") var seed: UInt64 = 0
  @Option(number: "Broken photos that are put up with, of both parts together (default: 10).")
  var broken: Int?
  @OptionGroup var processors: ThreadOptions

  var photos: String? { places.first }

  func validate() throws {
    try check(limit, "--limit", 1...1 << 40)
    try check(broken, "--broken", 0...1 << 40)
    if places.count > 1 {
      throw ValidationError(
        "photos are one folder, table or archive, not \(places.count); of several archives name their folder, "
          + "or their pattern in quotation marks, such as 'shards/*.tar'")
    }
    if fromScratch, file.weights != nil {
      throw ValidationError("--from-scratch begins without --weights")
    }
    if fromScratch, network.model == nil {
      throw ValidationError("--from-scratch needs --model")
    }
  }

  func namedPhotos() throws -> String {
    guard let photos else { throw ValidationError("name photos to train on") }
    return photos
  }

  /// The network to begin with, its classifier that of the photos' classes.
  func model(classes: [ClassLabel]) throws -> Model {
    let source = try ModelSource(network, file, scale: scale)
    if fromScratch, let description = try source.description() {
      return try Model(untrained: description, classes: classes, seed: seed)
    }
    var generator = SeededGenerator(seed: seed)
    return try source.load(needsClassifier: false)
      .withNewHead(classes: classes, using: &generator)
  }
}

/// How a network learns: what `train` and `find-lr` have in common.
struct LearningOptions: ParsableArguments {
  @Option(
    help: "What stays as it is: nothing, backbone, or backbone:N for stem and stages up to N.",
    transform: Self.freezing)
  var freeze = Freezing.nothing
  @Option(
    help: """
      Numbers of feature maps and of what matrix products read: fp32, or bf16, which takes less memory and, where the \
      machine has instructions for it, less time. Weights, their gradients and validation are fp32 in either.
      """)
  var precision = Precision.float32
  @OptionGroup var cache: CacheOptions

  private static func freezing(_ text: String) throws -> Freezing {
    guard let freezing = Freezing(text) else {
      throw ValidationError("it may be nothing, backbone, or backbone:N")
    }
    return freezing
  }
}

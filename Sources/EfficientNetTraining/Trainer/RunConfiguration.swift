public import EfficientNet
public import EfficientNetCompute
internal import EfficientNetReports

/// All settings of a run, which repeat or resume it: config.json.
public struct RunConfiguration: Hashable, ResumableSettings {
  /// The texts of ``ResumableSettings``.
  public static let (fileName, noun, activity) = ("config.json", "run", "is training")

  /// The version of the program that wrote the file.
  public var version: String
  /// The command line, for the report.
  public var command: String
  /// The photos: a folder, a table, an archive or a pattern.
  public var data: String
  /// The folder that a relative ``data`` starts from: the working directory when the run began.
  public var workingFolder: String
  /// The share of each class that is held out if the data has no validation split.
  public var validationShare: Double
  /// The most photos; nil for all.
  public var limit: Int?
  /// The most training photos, besides all validation photos; nil for all.
  public var trainingLimit: Int?
  /// The fingerprint of the photos and their labels; resuming requires the same one.
  public var dataFingerprint: UInt64
  /// The network with its preprocessing and the classes of the photos.
  public var model: ModelDescription
  /// The file of the initial weights; nil for random weights.
  public var weights: String?
  /// The seed of everything random.
  public var seed: UInt64
  /// The frozen layers.
  public var freezing: Freezing
  /// The recipe.
  public var recipe: Recipe
  /// The most unreadable photos, training and validation together; the run stops after more.
  public var brokenLimit: Int
  /// The minutes between checkpoints within an epoch.
  public var checkpointMinutes: Double
  /// The shorter side in pixels to which photos are shrunk before augmentation, from
  /// ``Augmentation/photoSide(for:)``; nil keeps all pixels, as runs of early versions did.
  public var photoSide: Int?
  /// The number format of training: see ``TrainingNetwork/precision``; nil for 32-bit floats, as
  /// runs of early versions had.
  public var precision: Precision?
  /// Whether the batch norms' running statistics warm up: the step with index t, counted from 0 over
  /// the whole run, keeps min(m, (1 + t) / (10 + t)) of them, where m is the network's
  /// `batchNormMomentum`. With a constant m, the first few hundred steps would validate with
  /// statistics of much older weights. Nil as false, as in runs of early versions. The initializer
  /// sets true for random weights, else nil.
  ///
  /// Source: the warm-up of TensorFlow's ExponentialMovingAverage with num_updates.
  public var warmsUpNorms: Bool?
  /// The cache of decoded photos that `effnet train` uses when it resumes a run; nil for the
  /// command's default cache. Other programs ignore this property and set ``Trainer/cache``.
  public var cache: CacheChoice?
  /// Whether `effnet train` keeps the checkpoints of the finished run; nil as false.
  package var keepsCheckpoints: Bool?
  /// The time when `effnet train` began the run, in milliseconds since 1970, which tells it from a
  /// later run in a folder of the same name; nil in runs of early versions.
  package var begun: Int64?
  /// The name of the run whose last weights this run trains for more epochs, in the same parent
  /// folder; nil for a run that continues none.
  package var continues: String?
  /// ``begun`` of the run that this run continues.
  package var continuesBegun: Int64?

  /// The settings that change the result, apart from the seed: equal for runs that differ only in
  /// the seed, the place or the time.
  package var withoutSeed: RunConfiguration {
    var settings = decisive
    (settings.seed, settings.model.provenance) = (0, "")
    return settings
  }

  /// The settings that change the result.
  private var decisive: RunConfiguration {
    var settings = self
    (settings.version, settings.command, settings.data, settings.workingFolder) = ("", "", "", "")
    (settings.brokenLimit, settings.checkpointMinutes) = (10, 5)
    (settings.cache, settings.keepsCheckpoints, settings.begun) = (nil, nil, nil)
    return settings
  }

  /// Whether a run with these settings gives the same network as a run with others.
  package func trainsTheSame(as other: Self) -> Bool { decisive == other.decisive }

  /// Creates a configuration. The defaults are those of `effnet train`, except that photos keep all
  /// their pixels.
  public init(
    version: String = "EfficientNetTraining", command: String = "", data: String,
    workingFolder: String? = nil, validationShare: Double = 0.2, limit: Int? = nil,
    dataFingerprint: UInt64, model: ModelDescription, weights: String? = nil, seed: UInt64 = 0,
    freezing: Freezing = .nothing, recipe: Recipe, brokenLimit: Int = 10,
    checkpointMinutes: Double = 5, photoSide: Int? = nil, precision: Precision? = nil,
    cache: CacheChoice? = nil
  ) {
    (self.version, self.command, self.data) = (version, command, data)
    self.workingFolder = workingFolder ?? Folder.current
    (self.validationShare, self.limit) = (validationShare, limit)
    self.dataFingerprint = dataFingerprint
    (self.model, self.weights, self.seed) = (model, weights, seed)
    // Training changes the feature maps, and its weights are floats.
    self.model.quantization = nil
    (self.freezing, self.recipe, self.brokenLimit) = (freezing, recipe, brokenLimit)
    self.checkpointMinutes = checkpointMinutes
    (self.photoSide, self.precision, self.cache) = (photoSide, precision, cache)
    warmsUpNorms = weights == nil ? true : nil
  }
}

extension RunConfiguration {
  /// Throws ``TrainingError/broken(count:limit:first:)`` if these are more photos than
  /// ``brokenLimit``.
  func check(_ broken: [BrokenPhoto]) throws(TrainingError) {
    guard broken.count > brokenLimit else { return }
    throw .broken(count: broken.count, limit: brokenLimit, first: broken[0].description)
  }

  /// The description of an epoch's weights: ``model`` with the provenance of the epoch.
  func description(of record: EpochRecord) -> ModelDescription {
    var description = model
    description.output = .softmax
    description.provenance =
      ModelDescription.originOfRun + "\(version) on \(data), epoch \(record.epoch)"
      + (record.validated.map { ", validation top-1 \($0.shortText)" } ?? "")
    return description
  }
}

extension ModelDescription {
  fileprivate static let originOfRun = "trained by "

  /// Whether the weights are those of an epoch of a run, perhaps changed since, such as rounded.
  package var isOfRun: Bool { provenance.hasPrefix(Self.originOfRun) }
}

extension InputPipeline {
  /// Creates the pipeline of a run's training photos.
  public init(training configuration: RunConfiguration) {
    self.init(
      preprocessing: configuration.model.preprocessing,
      augmentation: configuration.recipe.augmentation,
      resolution: configuration.model.architecture.resolution, photoSide: configuration.photoSide)
  }
}

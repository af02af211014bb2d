public import EfficientNet
public import EfficientNetCompute

/// Everything that is needed to repeat a run, or to go on with it: config.json.
public struct RunConfiguration: Hashable, ResumableSettings {
  /// See ``ResumableSettings``.
  public static let (fileName, noun, activity) = ("config.json", "run", "is training")

  /// The version of the program that wrote it.
  public var version: String
  /// The command line, for people.
  public var command: String
  /// The photos: a folder, a table or archives, as the command line names them.
  public var data: String
  /// The folder that ``data`` is below if it is relative: the working directory when the run began.
  public var workingFolder: String
  /// Share of the photos that is validated on, where the data does not say which.
  public var validationShare: Double
  /// The most photos; nil for all.
  public var limit: Int?
  /// What the photos and their labels come to: a run goes on with the same ones only.
  public var dataFingerprint: UInt64
  /// The network with its preprocessing and the classes of the photos.
  public var model: ModelDescription
  /// The weights that training begins with; nil for untrained ones.
  public var weights: String?
  /// What everything random is drawn from.
  public var seed: UInt64
  /// What stays as it is.
  public var freezing: Freezing
  /// How it is trained.
  public var recipe: Recipe
  /// Broken photos that are put up with.
  public var brokenLimit: Int
  /// Minutes between checkpoints inside an epoch.
  public var checkpointMinutes: Double
  /// What the shorter side of photos is shrunk to before augmentation: ``Augmentation/photoSide(for:)``; nil in runs from
  /// before there was such a side, which kept all pixels.
  public var photoSide: Int?
  /// What the network computes with: see ``TrainingNetwork/precision``; nil in runs from before there was a choice, which
  /// computed with 32-bit floats.
  public var precision: Precision?
  /// Where photos are kept between epochs, unless another place is asked for.
  public var cache: CacheChoice?

  /// A configuration; the defaults are those of `effnet train`, but photos keep all their pixels.
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
    (self.freezing, self.recipe, self.brokenLimit) = (freezing, recipe, brokenLimit)
    self.checkpointMinutes = checkpointMinutes
    (self.photoSide, self.precision, self.cache) = (photoSide, precision, cache)
  }
}

extension RunConfiguration {
  /// - Throws: ``TrainingError/broken(count:limit:first:)`` if these are more photos than ``brokenLimit``.
  func check(_ broken: [BrokenPhoto]) throws(TrainingError) {
    guard broken.count > brokenLimit else { return }
    throw .broken(count: broken.count, limit: brokenLimit, first: broken[0].description)
  }

  /// ``model`` as weights of an epoch are described, whatever the file says that training began with.
  func description(of record: EpochRecord) -> ModelDescription {
    var description = model
    description.output = .softmax
    description.provenance =
      "trained by \(version) on \(data), epoch \(record.epoch), top-1 \(record.validationTop1)"
    return description
  }
}

extension InputPipeline {
  /// What a run does to the photos that it trains on.
  public init(training configuration: RunConfiguration) {
    self.init(
      preprocessing: configuration.model.preprocessing,
      augmentation: configuration.recipe.augmentation,
      resolution: configuration.model.architecture.resolution, photoSide: configuration.photoSide)
  }
}

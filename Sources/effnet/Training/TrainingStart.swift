import ArgumentParser
import EfficientNet
import EfficientNetFormats
import EfficientNetTraining

/// What training begins with: the settings, the network and the photos.
struct TrainingStart {
  let configuration: RunConfiguration
  let model: Model
  let data: DataSplit
}

extension TrainingStart {
  /// What a command line asks for.
  init(_ command: TrainCommand, photos: String) throws {
    let (recipe, notes) = try command.recipe.recipe(isFromScratch: command.fromScratch)
    var data = try DataSplit(
      path: photos, validation: command.split, seed: command.seed, limit: command.limit)
    data.notes += notes
    self.data = data
    model = try Self.model(command, classes: data.training.classes)
    configuration = RunConfiguration(
      version: Effnet.configuration.version,
      command: CommandLine.arguments.joined(separator: " "),
      data: photos, validationShare: command.split, limit: command.limit,
      dataFingerprint: data.fingerprint, model: model.description,
      weights: command.fromScratch ? nil : model.weights.source, seed: command.seed,
      freezing: command.freeze, recipe: recipe, brokenLimit: command.broken ?? 10,
      checkpointMinutes: command.checkpointMinutes ?? 5,
      photoSide: recipe.augmentation.photoSide(for: model.description.preprocessing),
      precision: command.precision, cache: command.cache.cache ?? .memory)
    if let complaint = configuration.complaint { throw TrainingError.settings(complaint) }
  }

  /// The network to begin with, its classifier that of the photos' classes.
  private static func model(_ command: TrainCommand, classes: [ClassLabel]) throws -> Model {
    guard command.fromScratch else {
      var generator = SeededGenerator(seed: command.seed)
      return try NetworkOptions.model(command.network, command.file, needsClassifier: false)
        .withNewHead(classes: classes, using: &generator)
    }
    guard let description = try command.network.description() else {
      throw ValidationError("--from-scratch needs --model")
    }
    return try Model(untrained: description, classes: classes, seed: command.seed)
  }

  /// For instance "lite0 at 224 pixels, 10 classes, 8000 photos to train on, 2000 to validate with, 1200 MB".
  func line(bytes: Int) -> String {
    let architecture = configuration.model.architecture
    return "\(architecture.name) at \(architecture.resolution) pixels, "
      + "\(data.training.classes.count) classes, \(data.training.samples.count) photos to train on, "
      + "\(data.validation.samples.count) to validate with, \(bytes >> 20) MB\n"
  }
}

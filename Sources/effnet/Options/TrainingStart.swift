import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

struct TrainingStart {
  let configuration: RunConfiguration
  let model: Model
  var data: DataSplit
  /// The origin of the classifier; nil for a resumed run.
  var head: StartingHead?
  /// The number of validation photos that are known to have trained the weights to start from.
  var trainedBefore = 0
}

extension TrainingStart {
  /// Creates a start from options; `learning` is nil if the network does not learn.
  init(
    _ options: TrainingOptions, _ learning: LearningOptions? = nil, photos: String,
    checkpointMinutes: Double? = nil, keepsCheckpoints: Bool = false
  ) throws {
    if options.fromScratch, learning?.newHead == true {
      throw ValidationError("--from-scratch starts with a new classifier; leave out --new-head")
    }
    if options.fromScratch, let freeze = learning?.freeze, freeze != .nothing {
      throw ValidationError(
        "--from-scratch starts from random weights, which cannot be frozen; leave out --freeze")
    }
    var (recipe, notes) = try options.recipe.recipe(isFromScratch: options.fromScratch)
    var data = try DataSplit(
      path: photos, validation: options.split, seed: options.seed, limit: options.limit,
      trainingLimit: options.limitTraining)
    if options.recipe.changes.patience != nil, data.validation.samples.isEmpty {
      throw ValidationError(
        "--patience needs validation photos, but there are none; hold out some with --split, or "
          + "leave out --patience")
    }
    let (model, head) = try options.model(
      classes: data.training.classes, newHead: learning?.newHead == true)
    if case .stages(let last)? = learning?.freeze {
      try Self.checkFrozen(last, of: model.description.architecture)
    }
    if head == .kept {
      (recipe, notes) = try options.recipe.recipe(isFromScratch: false, keepsHead: true)
    }
    data.notes += notes
    (self.data, self.model, self.head) = (data, model, head)
    var configuration = RunConfiguration(
      version: Effnet.configuration.version,
      command: commandLine,
      data: photos, validationShare: options.split, limit: options.limit,
      dataFingerprint: data.fingerprint, model: model.description,
      weights: options.fromScratch ? nil : model.weights.source, seed: options.seed,
      freezing: learning?.freeze ?? .nothing, recipe: recipe, brokenLimit: options.broken ?? 10,
      checkpointMinutes: checkpointMinutes ?? 5,
      photoSide: recipe.augmentation.photoSide(for: model.description.preprocessing),
      precision: learning?.numbers.announcedForTraining() ?? .float32,
      cache: learning?.cache.cache ?? .memory)
    configuration.trainingLimit = options.limitTraining
    if keepsCheckpoints { configuration.keepsCheckpoints = true }
    configuration.begun = currentTime()
    self.configuration = configuration
    if let complaint = configuration.complaint { throw TrainingError.settings(complaint) }
  }

  /// The notes on small photos and small maps.
  var sizeNotes: [String] {
    [
      SmallPhotos(data, configuration.recipe)?.note(for: [configuration.model.preprocessing]),
      configuration.model.architecture.onePixelNote(hasWeights: configuration.weights != nil),
    ].compactMap(\.self)
  }

  /// The files that training reads: no output may replace them.
  var inputs: [String] {
    let samples = data.training.samples + data.validation.samples
    return [configuration.data, configuration.weights].compactMap(\.self)
      + samples.map(\.photo.filePath)
  }

  private static func checkFrozen(_ last: Int, of architecture: Architecture) throws {
    let stages = architecture.stages.count
    guard last > stages else { return }
    throw ValidationError(
      "--freeze is backbone:\(last), but \(architecture.name) has "
        + "\(stages.counted("stage", "stages")); the number must be 1 to \(stages)")
  }

  /// For instance "lite0 at 224 pixels, 10 classes (a new classifier), 8000 photos to train on, 2000
  /// to validate on, 1200 MB of memory; classes: birds, dogs". Up to ten classes are named.
  func line(bytes: Int) -> String {
    let architecture = configuration.model.architecture
    let head = head.map { " (\($0.rawValue))" } ?? ""
    let names = data.training.classes.map(\.name.oneLine)
    let classes = names.count > 10 ? "" : "; classes: \(names.joined(separator: ", "))"
    return "\(architecture.name) at \(architecture.resolution) pixels, "
      + "\(data.training.classes.count) classes\(head), "
      + "\(data.training.samples.count) photos to train on, "
      + "\(data.validation.samples.count) to validate on, \(bytes.megabytes) of memory\(classes)"
  }

  /// Creates a folder, and returns an unused path in it with the name of the photos:
  /// "runs/find-lr/photos.html", or photos-2.html, photos-3.html, … if that exists.
  func unusedPath(in folder: String, ending: String) throws -> String {
    try Folder.make(folder)
    return unusedName("\(folder)/\(Self.name(of: configuration.data))", ending: ending)
  }

  /// Returns the last part of a path, without the ending of a table or archive.
  static func name(of path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? ""
    let ending = [".csv", ".tar"].first { last.lowercased().hasSuffix($0) } ?? ""
    let stem = String(last.dropLast(ending.count))
    let isPattern = stem.contains { "{*?[".contains($0) }
    return stem.allSatisfy { $0 == "." } || isPattern ? "photos" : stem
  }
}

public import EfficientNet
internal import EfficientNetReports

extension TrainingReport {
  /// The report of a run that has ended, with its pictures: up to 48 photos are decoded.
  ///
  /// - Parameter title: For instance the name of the run's folder.
  /// - Throws: `EncodingError` if the configuration has a number that is not finite.
  public init(
    title: String, _ configuration: RunConfiguration, _ result: TrainingResult, data: DataSplit
  ) throws {
    let (description, recipe) = (configuration.model, configuration.recipe)
    self.init(
      title: title, model: description.architecture.name,
      parameters: Graph(description.architecture).parameterCount,
      resolution: description.architecture.resolution, classes: description.classes.count,
      trainingPhotos: data.training.samples.count, validationPhotos: data.validation.samples.count,
      records: result.records, bestEpoch: result.best?.epoch, seconds: result.seconds,
      imagesPerSecond: result.imagesPerSecond, command: configuration.command,
      settings: try ReportSettings(configuration))
    if !data.validation.samples.isEmpty { evaluation = result.evaluation }
    mistakes = (evaluation?.worst ?? []).map {
      ReportPicture(data.validation.samples[$0.sample], preprocessing: description.preprocessing)
    }
    augmented = data.training.order(epoch: 1, seed: configuration.seed).prefix(Self.mostAugmented)
      .map {
        ReportPicture(
          augmented: $0, of: data.training, augmentation: recipe.augmentation,
          preprocessing: description.preprocessing, epoch: 1, seed: configuration.seed)
      }
    broken = result.broken.map(\.description)
    notes = data.notes
    if result.isInterrupted {
      notes.insert("The run was interrupted; it can be gone on with.", at: 0)
    } else if result.isEarly {
      notes.insert("The run ended early: the accuracy rose no more.", at: 0)
    }
  }
}

extension EvaluationReport {
  /// The report of an evaluation, with its pictures: up to 24 photos are decoded.
  ///
  /// - Parameters:
  ///   - title: For instance the photos' folder.
  ///   - photos: What was evaluated.
  /// - Throws: `EncodingError` if the model's description has a number that is not finite.
  public init(
    title: String, _ model: ModelDescription, _ result: Evaluator.Result, photos: Dataset,
    command: String
  ) throws {
    self.init(
      title: title, model: model.architecture.name,
      parameters: Graph(model.architecture).parameterCount,
      resolution: model.architecture.resolution, evaluation: result.evaluation,
      imagesPerSecond: result.imagesPerSecond, command: command,
      settings: try ReportSettings(model))
    mistakes = result.evaluation.worst.map {
      ReportPicture(photos.samples[$0.sample], preprocessing: model.preprocessing)
    }
    broken = result.broken.map(\.description)
  }
}

import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

/// `effnet train --resume`: the rest of a run, or more epochs.
extension TrainCommand {
  func resumeRun(at path: String) throws {
    // A run that continues this one is named after it, and "." is no name.
    let path =
      [".", ".."].contains(path.split(separator: "/").last) ? Folder.resolved(path) ?? path : path
    try ResumableCommand.train.check(path)
    let folder = try RunFolder(existing: path)
    let begun = try folder.readSettings()
    let outcome = try folder.readOutcome()
    let epochs = options.recipe.changes.epochs ?? begun.recipe.epochs
    guard epochs >= begun.recipe.epochs else {
      throw ValidationError(
        "--epochs is \(epochs), but the run has \(begun.recipe.epochs); a resumed run can only "
          + "be made longer")
    }
    let isLonger = epochs > begun.recipe.epochs
    if let outcome {
      guard outcome.end != .diverged else {
        throw CommandError(
          "\(folder.path): training diverged after \(outcome.epochs) of "
            + "\(begun.recipe.epochs.counted("epoch", "epochs")), and would diverge again; start a "
            + "new run with a lower learning rate (--lr)")
      }
      if let next = folder.unfinishedContinuation { throw next.refusal(ofAnotherOf: folder) }
      guard isLonger else { return try show(outcome, begun, folder) }
      if let reason = folder.reasonNotToResume(begun, outcome) {
        return try startAgain(folder, begun, epochs: epochs - outcome.epochs, because: reason)
      }
    }
    try goOn(RunFolder(resuming: path), begun, epochs: epochs)
  }

  /// Resumes an unfinished run, or a finished one for more epochs.
  private func goOn(_ folder: RunFolder, _ begun: RunConfiguration, epochs: Int) throws {
    let isLonger = epochs > begun.recipe.epochs
    var configuration = changed(begun, epochs: epochs)
    if isLonger { configuration.command += "; \(commandLine)" }
    let data = try photos(of: configuration, folder)
    // The weights come from the checkpoint.
    let model = try Model(
      configuration.model,
      weights: Weights(untrained: configuration.model.architecture, seed: 0))
    let start = TrainingStart(configuration: configuration, model: model, data: data)
    let trainer = try trainer(start, folder, resumes: true)
    if isLonger, begun.recipe.decay.dependsOnEpochs, trainer.trainedEpochs >= begun.recipe.epochs {
      throw CommandError(
        "\(folder.path): the learning rate (the size of the training steps) has fallen to 0, as "
          + "planned, so the run cannot resume for more epochs; finish it first: "
          + folder.resumingCommand)
    }
    Signals.note()
    if isLonger { folder.reopen() }
    if configuration != begun { try folder.write(configuration) }
    let done = trainer.completedEpochs(in: folder)
    if !quiet {
      StandardError.write(
        "resuming \(folder.path) after \(done) of "
          + "\(epochs.counted("epoch", "epochs"))"
          + (isLonger
            ? " instead of \(begun.recipe.epochs): \(begun.recipe.future(epochs))" : "")
          + "\n")
    }
    try train(start, in: folder, trainer, after: done)
  }

  /// Trains the last weights of a finished run in a new run with the same settings.
  private func startAgain(
    _ folder: RunFolder, _ begun: RunConfiguration, epochs: Int, because reason: String
  ) throws {
    var configuration = changed(begun, epochs: epochs)
    configuration.version = Effnet.configuration.version
    configuration.command = commandLine
    configuration.weights = folder.last
    configuration.begun = currentTime()
    (configuration.continues, configuration.continuesBegun) = (folder.name, begun.begun)
    // The classifier is trained already.
    configuration.recipe.headEpochs = 0
    configuration.recipe.warmUpEpochs = min(begun.recipe.warmUpEpochs, Double(epochs) / 2)
    if let same = folder.continuations.first(where: { $0.trained(configuration) }) {
      throw same.refusal(ofTheSameAs: folder)
    }
    let start = TrainingStart(
      configuration: configuration, model: try Model(contentsOf: folder.last),
      data: try photos(of: configuration, folder), head: .kept)
    Signals.note()
    let new = try folder.next()
    do {
      let trainer = try trainer(start, new)
      if !quiet {
        StandardError.write(
          "\(folder.path): \(reason), so a new run, \(new.path), trains its weights for "
            + "\(epochs.counted("more epoch", "more epochs")); its epochs count from 1, and the "
            + "learning rate starts again\n")
      }
      try train(start, in: new, trainer)
    } catch {
      new.discardUnlessBegun()
      throw error
    }
  }

  /// The settings of a run with the changes that resuming allows.
  private func changed(_ begun: RunConfiguration, epochs: Int) -> RunConfiguration {
    var configuration = begun
    if let photos = options.photos { configuration.moveData(to: photos) }
    configuration.brokenLimit = options.broken ?? configuration.brokenLimit
    configuration.checkpointMinutes = checkpointMinutes ?? configuration.checkpointMinutes
    if keepCheckpoints { configuration.keepsCheckpoints = true }
    configuration.recipe.epochs = epochs
    return configuration
  }

  /// Finds the photos of a run. If they have changed, the error says how to train on them.
  private func photos(
    of configuration: RunConfiguration, _ folder: RunFolder
  ) throws -> DataSplit {
    do {
      return try configuration.photos()
    } catch let error as FileError
      where FileStatus(error.path) != nil && FileStatus(folder.best) != nil
    {
      throw FileError(
        path: error.path,
        reason: "\(error.reason); \(folder.trainingAgain(on: options.photos ?? error.path))")
    }
  }

  private func show(
    _ outcome: RunOutcome, _ configuration: RunConfiguration, _ folder: RunFolder
  ) throws {
    if json { return try StandardOutput.print(object: outcome.object(of: folder)) }
    guard !quiet else { return }
    let best = outcome.best.map {
      "; best epoch \($0.epoch): top-1 \($0.proportion?.text ?? $0.top1.percent())"
    }
    let trend = outcome.end == .finished ? folder.trend(of: configuration) : nil
    var lines = [
      "\(folder.path) is finished after \(outcome.epochs.counted("epoch", "epochs"))"
        + (outcome.end == .early ? ", since the accuracy stopped improving" : "")
        + "; nothing is changed" + (best ?? ""),
      "report: \(folder.report)",
    ]
    lines += [trend?.text].compactMap(\.self)
    lines.append(
      folder.longerLine(configuration, outcome, isDiscouraged: trend?.discouragesLonger == true))
    try StandardOutput.print(lines)
  }
}

extension Recipe {
  /// How the learning rate continues when a run gets this number of epochs, and what does not change
  /// with it.
  fileprivate func future(_ epochs: Int) -> String {
    let rate =
      switch decay {
      case .constant: "the learning rate stays constant"
      case .exponential: "the learning rate falls as before"
      case .cosine:
        "from the next step on, the learning rate follows a cosine over \(epochs) epochs"
      }
    return "\(rate); warm-up stays \(warmUpEpochs.shortest) epochs, head epochs stay \(headEpochs)"
  }
}

extension RunOutcome {
  func object(of folder: RunFolder) -> JSONObject {
    [
      "run": folder.path, "best": best?.object, "last": last?.object, "epochs": epochs,
      "imagesPerSecond": imagesPerSecond, "seconds": seconds, "broken": broken,
    ]
  }
}

extension RunOutcome.Best {
  var object: JSONObject {
    [
      "epoch": epoch, "top1": top1, "top1Count": proportion?.count, "images": photos,
      "top1Interval": proportion?.ends, "loss": loss,
    ]
  }
}

extension RunFolder {
  var resumingCommand: String { ResumableCommand.train.resuming(path) }

  /// The command that trains a finished run longer, by as many epochs as it was begun with.
  func longerCommand(_ configuration: RunConfiguration, trained epochs: Int) -> String {
    "\(resumingCommand) --epochs \(configuration.recipe.epochs + epochs)"
  }

  /// How to train on the photos of the run, which have changed since.
  func trainingAgain(on photos: String) -> String {
    "to train on the photos that are there now: " + shellLine(["effnet", "train", photos])
      + " (it starts from the weights of this run with "
      + shellLine(["--model", ModelSource.word(ofRun: path)])
      + ", but these also learned from photos in wrong folders)"
  }

  /// The line that shows how to train a finished run longer, with the folder of the result if it is
  /// another one.
  func longerLine(
    _ configuration: RunConfiguration, _ outcome: RunOutcome, isDiscouraged: Bool = false
  ) -> String {
    let epochs = configuration.recipe.epochs.counted("epoch", "epochs")
    let place =
      reasonNotToResume(configuration, outcome) == nil ? "" : " (the result goes to \(nextPath))"
    return (isDiscouraged ? "to train \(epochs) longer all the same" : "train \(epochs) longer")
      + "\(place): \(longerCommand(configuration, trained: outcome.epochs))"
  }

  /// Marks a run as diverged, or removes its folder if no epoch was completed. Returns the error to
  /// report.
  func abandoned(
    _ trainer: Trainer, _ configuration: RunConfiguration, _ error: any Error
  ) throws -> CommandError {
    let text = StandardError.text(of: error)
    guard !trainer.records.isEmpty else {
      discardWithSettings()
      return CommandError(
        "\(text); no epoch was completed, so \(path) is removed", kind: error.kind)
    }
    try finish(trainer.divergedOutcome, of: configuration)
    return CommandError(
      "\(text); \(path) keeps the weights of the completed epochs; start a new run, since resuming "
        + "would diverge again", kind: error.kind)
  }
}

extension WorkFolder {
  /// Creates the folder `folder/name`, or the next numbered one, and says so if the name is taken.
  static func numbered(in folder: String, name: String, isQuiet: Bool) throws -> Self {
    let created = try Self(creatingIn: folder, name: name)
    if created.name != name, !isQuiet {
      StandardError.write(
        "\(folder)/\(name) exists; this \(Settings.noun) is \(created.path)\n")
    }
    return created
  }
}

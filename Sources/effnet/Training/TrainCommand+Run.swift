#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetCompute
  import EfficientNetFormats
  import EfficientNetTraining
  import FoundationEssentials

  /// Training, from the beginning or from a checkpoint.
  extension TrainCommand {
    /// Begins a run.
    func train(on photos: String) throws {
      let start = try TrainingStart(self, photos: photos)
      let folder = try RunFolder(
        creating: output ?? RunFolder.unusedPath(in: "runs/train", name: Self.name(of: photos)))
      try train(start, in: folder, isNew: true)
    }

    /// Goes on with a run.
    func goOn(with run: String) throws {
      let folder = try RunFolder(existing: run)
      let configuration = try folder.readConfiguration()
      let data = try DataSplit(
        path: configuration.data, validation: configuration.validationShare,
        seed: configuration.seed, limit: configuration.limit)
      guard data.fingerprint == configuration.dataFingerprint else {
        throw FileError(
          path: configuration.data,
          reason: "its photos are not those that the run began with; begin a new run")
      }
      // The weights come from the checkpoint.
      let model = try Model(
        configuration.model,
        weights: Weights(untrained: configuration.model.architecture, seed: 0))
      try train(
        TrainingStart(configuration: configuration, model: model, data: data), in: folder,
        isNew: false)
    }

    private func train(_ start: TrainingStart, in folder: RunFolder, isNew: Bool) throws {
      let configuration = start.configuration
      note(start.data.notes)
      let trainer = try Trainer(
        configuration, model: start.model, data: start.data, folder: folder,
        pool: ThreadPool(threads: threads))
      try start.checkRoom(for: trainer.byteCount)
      trainer.cache = try cache.makeCache(
        cache.cache ?? configuration.cache ?? .memory, besides: trainer.byteCount)
      if isNew { try folder.write(configuration) }
      if !quiet { StandardError.write(start.line(bytes: trainer.byteCount)) }
      let result = try run(trainer)
      if !result.records.isEmpty {
        try folder.write(
          TrainingReport(title: folder.name, configuration, result, data: start.data))
      }
      note(trainer.cache?.notes ?? [])
      if result.isInterrupted {
        StandardError.write(
          "stopped in order; go on with: effnet train --resume \(folder.path)\n")
        try Interruption.check()
      }
      try show(result, folder)
    }

    /// Trains, and shows how far it is.
    private func run(_ trainer: Trainer) throws -> TrainingResult {
      var line = TrainingLine(isQuiet: quiet)
      var reported = trainer.records.count
      func report(_ records: [EpochRecord]) {
        guard records.count > reported else { return }
        line.clear()
        if !quiet { for record in records[reported...] { StandardError.write(record.line + "\n") } }
        reported = records.count
      }
      let result = try trainer.run(isInterrupted: { Interruption.current != nil }) { state in
        report(trainer.records)
        line.update(state)
      }
      line.clear()
      report(result.records)
      return result
    }

    private func show(_ result: TrainingResult, _ folder: RunFolder) throws {
      if json { return try StandardOutput.print(TrainingSummary(result, folder).line) }
      guard !quiet else { return }
      let best =
        result.best.map {
          "best epoch \($0.epoch): top-1 \((100 * $0.top1).formatted(digits: 2)) %"
        }
        ?? "no photos to validate with"
      try StandardOutput.print(
        "\(best), "
          + "\(result.imagesPerSecond.formatted(digits: 1)) photos a second, "
          + "\(TrainingLine.time(result.seconds)) of training\(result.isEarly ? ", ended early" : "")"
      )
      try StandardOutput.print("report: \(folder.report)")
      try StandardOutput.print("next: effnet classify --weights \(folder.best) photo.jpg")
    }

    /// Tells the user, unless it is to be quiet.
    func note(_ notes: [String]) {
      guard !quiet else { return }
      for note in notes { StandardError.write("note: \(note)\n") }
    }

    /// The last part of a path, without its ending.
    static func name(of path: String) -> String {
      let last = path.split(separator: "/").last.map(String.init) ?? "photos"
      let stem = last.split(separator: ".").first.map(String.init) ?? last
      return stem.allSatisfy { $0 == "." } || stem.contains("{") ? "photos" : stem
    }
  }

  extension EpochRecord {
    /// For instance "epoch 3: loss 0.412, top-1 87.50 %; validation: loss 0.305, top-1 91.20 %; 98 photos a second".
    fileprivate var line: String {
      func percent(_ share: Double) -> String { "\((100 * share).formatted(digits: 2)) %" }
      return
        "epoch \(epoch): loss \(trainingLoss.formatted(digits: 3)), top-1 \(percent(trainingTop1)); "
        + "validation: loss \(validationLoss.formatted(digits: 3)), top-1 \(percent(validationTop1)); "
        + "\(imagesPerSecond.formatted(digits: 1)) photos a second"
    }
  }
#endif

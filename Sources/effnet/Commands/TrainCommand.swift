#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetCompute
  import EfficientNetFormats
  import EfficientNetTraining
  import FoundationEssentials

  struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "train",
      abstract: "Train a network on photos.",
      discussion: """
        Photos are a folder with a folder for each class, with or without train/ and val/; a CSV file with the columns path \
        and label; or tar archives. A pretrained network gets a new classifier, which is trained first, then everything is; \
        --from-scratch begins with nothing. What a run leaves is in runs/train/NAME: the best and the last weights, report.html, log.csv, \
        config.json, and checkpoints to go on from after Ctrl-C or worse. Beside --resume there may be --broken, --checkpoint-minutes, \
        --threads, --json, --quiet, and the photos if they were moved; all else is as the run began.

        Examples:
          effnet train photos/
          effnet train photos/ --model lite0 --resolution 128 --epochs 5 --lr 0.02 --output runs/mine
          effnet train photos/ --model b0 --weights timm_b0.safetensors --freeze backbone:3
          effnet train photos/ --model b0 --from-scratch --recipe efficientnet
          effnet train --resume runs/train/photos
          effnet train --resume runs/train/photos /new/place/of/photos --broken 50
        """)

    @Argument(help: ArgumentHelp("A folder, a CSV file, or tar archives.", valueName: "photos"))
    var places: [String] = []
    @OptionGroup var network: ModelOptions
    @OptionGroup var file: WeightOptions
    @Flag(help: "Begin with untrained weights.") var fromScratch = false
    @OptionGroup var recipe: RecipeOptions
    @Option(
      help: "What stays as it is: nothing, backbone, or backbone:N for stem and stages up to N.",
      transform: Self.freezing)
    var freeze = Freezing.nothing
    @Option(
      parsing: .unconditional,
      help: "Share of the photos to validate with, where the data does not say which.")
    var split = 0.2
    @Option(parsing: .unconditional, help: "The most photos, every class in proportion.")
    var limit: Int?
    @Option(parsing: .unconditional, help: "What everything random is drawn from.")
    var seed: UInt64 = 0
    @Option(help: "The run's folder (default: runs/train/NAME of the photos).") var output: String?
    @Option(help: ArgumentHelp("Go on with a run.", valueName: "run")) var resume: String?
    @Option(
      parsing: .unconditional,
      help: "Broken photos that are put up with, of both parts together (default: 10).")
    var broken: Int?
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Minutes between checkpoints within an epoch (default: 5).", valueName: "minutes"))
    var checkpointMinutes: Double?
    @Option(parsing: .unconditional, help: "Threads to run on (default: all processors).")
    var threads: Int?
    @Flag(help: "Print the recipe as JSON, and do nothing else.") var printRecipe = false
    @Flag(help: "Print one JSON object at the end.") var json = false
    @Flag(help: "No progress and no summary.") var quiet = false

    /// Where the photos are.
    var photos: String? { places.first }

    func validate() throws {
      try NetworkOptions.check(threads ?? 1, "--threads", 1...1024)
      try NetworkOptions.check(limit ?? 1, "--limit", 1...1 << 40)
      try NetworkOptions.check(broken ?? 0, "--broken", 0...1 << 40)
      if let checkpointMinutes, !(checkpointMinutes > 0 && checkpointMinutes.isFinite) {
        throw ValidationError(
          "--checkpoint-minutes is \(checkpointMinutes); it may be any number above 0")
      }
      if places.count > 1 {
        throw ValidationError(
          "photos are one folder, table or archive, not \(places.count); of several archives name their folder, "
            + "or their pattern in quotation marks, such as 'shards/*.tar'")
      }
      if printRecipe { return }
      if resume != nil { return try ResumeOptions.check(Array(CommandLine.arguments.dropFirst())) }
      guard photos != nil else {
        throw ValidationError("name photos to train on, or a run with --resume, which has its own")
      }
      if fromScratch, file.weights != nil {
        throw ValidationError("--from-scratch begins without --weights")
      }
      if fromScratch, network.model == nil {
        throw ValidationError("--from-scratch needs --model")
      }
    }

    func run() throws {
      if printRecipe {
        return try StandardOutput.print(recipe.recipe(isFromScratch: fromScratch).json)
      }
      // As long as nothing is written, Ctrl-C may end everything.
      Interruption.endAtOnce()
      if let resume { try goOn(with: resume) } else { try begin(with: photos ?? "") }
    }

    /// Begins a run.
    private func begin(with photos: String) throws {
      let numbers = try recipe.recipe(isFromScratch: fromScratch)
      let data = try DataSplit(path: photos, validation: split, seed: seed, limit: limit)
      let model = try start(classes: data.training.classes)
      let configuration = RunConfiguration(
        version: Effnet.configuration.version,
        command: CommandLine.arguments.joined(separator: " "),
        data: photos, validationShare: split, limit: limit, dataFingerprint: data.fingerprint,
        model: model.description, weights: fromScratch ? nil : model.weights.source, seed: seed,
        freezing: freeze, recipe: numbers, brokenLimit: broken ?? 10,
        checkpointMinutes: checkpointMinutes ?? 5)
      Interruption.install()
      let folder =
        try output.map { try RunFolder(creating: $0) }
        ?? RunFolder(creatingIn: "runs/train", name: Self.name(of: photos))
      let trainer: Trainer
      do {
        trainer = try Trainer(
          configuration, model: model, data: data, folder: folder,
          pool: ThreadPool(threads: threads))
      } catch {
        folder.discard()
        throw error
      }
      try train(trainer, configuration, data, folder)
    }

    /// Goes on with a run.
    private func goOn(with run: String) throws {
      let folder = try RunFolder(resuming: run)
      var configuration = try folder.readConfiguration()
      let begun = configuration
      if let photos { (configuration.data, configuration.workingFolder) = (photos, Folder.current) }
      configuration.brokenLimit = broken ?? configuration.brokenLimit
      configuration.checkpointMinutes = checkpointMinutes ?? configuration.checkpointMinutes
      let data = try configuration.photos()
      // The weights come from the checkpoint.
      let model = try Model(
        configuration.model,
        weights: Weights(untrained: configuration.model.architecture, seed: 0))
      let trainer = try Trainer(
        configuration, model: model, data: data, folder: folder,
        pool: ThreadPool(threads: threads), resumes: true)
      Interruption.install()
      if configuration != begun { try folder.write(configuration) }
      try train(trainer, configuration, data, folder)
    }

    private func train(
      _ trainer: Trainer, _ configuration: RunConfiguration, _ data: DataSplit, _ folder: RunFolder
    ) throws {
      if !quiet {
        for note in data.notes + trainer.notes { StandardError.write("note: \(note)\n") }
        StandardError.write(
          "\(configuration.model.architecture.name) at \(configuration.model.architecture.resolution) pixels, "
            + "\(data.training.classes.count) classes, \(data.training.samples.count) photos to train on, "
            + "\(data.validation.samples.count) to validate with, \(trainer.byteCount >> 20) MB\n")
      }
      let result: TrainingResult
      do {
        result = try run(trainer, isValidated: !data.validation.samples.isEmpty)
        if !result.records.isEmpty {
          try folder.write(
            TrainingReport(title: folder.name, configuration, result, data: data))
        }
      } catch {
        throw BrokenRun(error, in: folder) ?? error
      }
      if result.isInterrupted {
        StandardError.write("stopped in order; go on with: \(folder.resumingCommand)\n")
        try Interruption.check()
      }
      try show(result, folder)
    }

    /// Trains, and shows how far it is.
    private func run(_ trainer: Trainer, isValidated: Bool) throws -> TrainingResult {
      var line = TrainingLine(isQuiet: quiet)
      defer { line.clear() }
      var reported = trainer.records.count
      func report(_ records: [EpochRecord]) {
        guard records.count > reported else { return }
        line.clear()
        if !quiet {
          for record in records[reported...] {
            StandardError.write(record.line(isValidated: isValidated) + "\n")
          }
        }
        reported = records.count
      }
      trainer.whenBroken = { StandardError.report("\($0)") }
      let result = try trainer.run(isInterrupted: Interruption.announced()) { state in
        report(trainer.records)
        line.update(state)
      }
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
      let next = ShellWords.joined(["effnet", "classify", "--weights", folder.best, "photo.jpg"])
      try StandardOutput.print("next: \(next)")
    }

    /// The network to begin with, its classifier that of the photos' classes.
    private func start(classes: [ClassLabel]) throws -> Model {
      var generator = SeededGenerator(seed: seed)
      if fromScratch {
        guard var description = try network.description() else {
          throw ValidationError("--from-scratch needs --model")
        }
        description.architecture.classes = classes.count
        description.classes = classes
        description.output = .softmax
        try description.architecture.validate()
        return try Model(
          description, weights: Weights(untrained: description.architecture, seed: seed))
      }
      return try NetworkOptions.model(network, file).withNewHead(
        classes: classes, using: &generator)
    }

    private static func freezing(_ text: String) throws -> Freezing {
      guard let freezing = Freezing(text) else {
        throw ValidationError("it may be nothing, backbone, or backbone:N")
      }
      return freezing
    }

    /// The last part of a path, without the ending of a table or an archive.
    static func name(of path: String) -> String {
      let last = path.split(separator: "/").last.map(String.init) ?? ""
      let ending = [".csv", ".tar"].first { last.lowercased().hasSuffix($0) } ?? ""
      let stem = String(last.dropLast(ending.count))
      let isPattern = stem.contains { "{*?[".contains($0) }
      return stem.allSatisfy { $0 == "." } || isPattern ? "photos" : stem
    }
  }

  /// What --json prints.
  private struct TrainingSummary: Encodable {
    struct Best: Encodable {
      let epoch: Int
      let top1: Double
    }

    let run: String
    let best: Best?
    let epochs: Int
    let imagesPerSecond: Double
    let seconds: Double
    let broken: Int

    private enum CodingKeys: String, CodingKey {
      case run, best, epochs, seconds, broken
      case imagesPerSecond = "images_per_second"
    }

    init(_ result: TrainingResult, _ folder: RunFolder) {
      run = folder.path
      best = result.best.map { Best(epoch: $0.epoch, top1: $0.top1) }
      (epochs, seconds) = (result.records.count, result.seconds)
      (imagesPerSecond, broken) = (result.imagesPerSecond, result.broken.count)
    }

    var line: String {
      get throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
      }
    }
  }
#endif

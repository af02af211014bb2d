#if Tools
  import ArgumentParser
  import EfficientNet
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
        config.json, and checkpoints to go on from after Ctrl-C or worse.

        Examples:
          effnet train photos/
          effnet train photos/ --model lite0 --resolution 128 --epochs 5 --lr 0.02 --output runs/mine
          effnet train photos/ --model b0 --weights timm_b0.safetensors --freeze backbone:3
          effnet train photos/ --model b0 --from-scratch --recipe efficientnet
          effnet train --resume runs/train/photos
        """)

    @Argument(help: ArgumentHelp("A folder, a CSV file, or tar archives.", valueName: "photos"))
    var photos: String?
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
    @Option(parsing: .unconditional, help: "Broken photos that are put up with.") var broken = 10
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Minutes between checkpoints within an epoch.", valueName: "minutes"))
    var checkpointMinutes = 5.0
    @Option(parsing: .unconditional, help: "Threads to run on (default: all processors).")
    var threads: Int?
    @Flag(help: "Print the recipe as JSON, and do nothing else.") var printRecipe = false
    @Flag(help: "Print one JSON object at the end.") var json = false
    @Flag(help: "No progress and no summary.") var quiet = false

    func validate() throws {
      try NetworkOptions.check(threads ?? 1, "--threads", 1...1024)
      try NetworkOptions.check(limit ?? 1, "--limit", 1...1 << 40)
      try NetworkOptions.check(broken, "--broken", 0...1 << 40)
      guard checkpointMinutes > 0 else {
        throw ValidationError("--checkpoint-minutes is \(checkpointMinutes); it may be above 0")
      }
      if printRecipe { return }
      guard (photos == nil) != (resume == nil) else {
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
      let pool = ThreadPool(threads: threads)
      let folder: RunFolder
      let configuration: RunConfiguration
      var model: Model
      let data: DataSplit
      if let resume {
        folder = try RunFolder(existing: resume)
        configuration = try folder.readConfiguration()
        data = try split(configuration)
        // The weights come from the checkpoint.
        model = try Model(
          configuration.model,
          weights: Weights(untrained: configuration.model.architecture, seed: 0))
      } else {
        let photos = photos ?? ""
        let numbers = try recipe.recipe(isFromScratch: fromScratch)
        data = try DataSplit(path: photos, validation: split, seed: seed, limit: limit)
        model = try start(classes: data.training.classes)
        folder = try RunFolder(
          creating: output ?? RunFolder.unusedPath(in: "runs/train", name: Self.name(of: photos)))
        configuration = RunConfiguration(
          version: Effnet.configuration.version,
          command: CommandLine.arguments.joined(separator: " "),
          data: photos, validationShare: split, limit: limit, dataFingerprint: data.fingerprint,
          model: model.description, weights: fromScratch ? nil : model.weights.source, seed: seed,
          freezing: freeze, recipe: numbers, brokenLimit: broken,
          checkpointMinutes: checkpointMinutes)
      }
      if !quiet { for note in data.notes { StandardError.write("note: \(note)\n") } }
      let trainer = try Trainer(
        configuration, model: model, data: data, folder: folder, pool: pool)
      guard trainer.byteCount <= PhysicalMemory.bytes * 3 / 4 else {
        throw ValidationError(
          "batches of \(configuration.recipe.batch) need \(trainer.byteCount >> 20) MB, three quarters of this machine's "
            + "memory are \(PhysicalMemory.bytes * 3 / 4 >> 20) MB; lower --batch, and raise --accumulate, or lower --resolution"
        )
      }
      if resume == nil { try folder.write(configuration) }
      try train(trainer, configuration, data, folder)
    }

    private func train(
      _ trainer: Trainer, _ configuration: RunConfiguration, _ data: DataSplit, _ folder: RunFolder
    ) throws {
      var line = TrainingLine(isQuiet: quiet)
      if !quiet {
        StandardError.write(
          "\(configuration.model.architecture.name) at \(configuration.model.architecture.resolution) pixels, "
            + "\(data.training.classes.count) classes, \(data.training.samples.count) photos to train on, "
            + "\(data.validation.samples.count) to validate with, \(trainer.byteCount >> 20) MB\n")
      }
      var reported = trainer.records.count
      let result = try trainer.run(isInterrupted: { Interruption.current != nil }) { state in
        if trainer.records.count > reported, !quiet {
          line.clear()
          for record in trainer.records[reported...] { StandardError.write(record.line + "\n") }
        }
        reported = trainer.records.count
        line.update(state)
      }
      line.clear()
      if !quiet {
        for record in result.records.dropFirst(reported) { StandardError.write(record.line + "\n") }
      }
      if !result.records.isEmpty {
        try folder.write(
          TrainingReport(title: folder.name, configuration, result, data: data))
      }
      if result.isInterrupted {
        StandardError.write(
          "stopped in order; go on with: effnet train --resume \(folder.path)\n")
        try Interruption.check()
      }
      if json {
        try StandardOutput.print(TrainingSummary(result, folder).line)
      } else if !quiet {
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
    }

    /// The photos of a run, which have to be what they were.
    private func split(_ configuration: RunConfiguration) throws -> DataSplit {
      let data = try DataSplit(
        path: configuration.data, validation: configuration.validationShare,
        seed: configuration.seed, limit: configuration.limit)
      guard data.fingerprint == configuration.dataFingerprint else {
        throw FileError(
          path: configuration.data,
          reason: "its photos are not those that the run began with; begin a new run")
      }
      return data
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
        throw ValidationError("--freeze is '\(text)'; it may be nothing, backbone, or backbone:N")
      }
      return freezing
    }

    /// The last part of a path, without its ending.
    private static func name(of path: String) -> String {
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

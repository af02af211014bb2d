import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetTraining

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure accuracy on labelled photos.",
    discussion: """
      Prints top-1 and top-5 accuracy, loss and calibration error, and for each class precision, \
      recall and F1. Photos are a folder with a subfolder for each class, a CSV file with the \
      columns path and label, or tar archives. Without photos, a run's own validation photos \
      are used.

      If any label is a class name or a WordNet identifier (n01440764), all labels are read as \
      such; if none is and all are numbers, they are class indices, counted from 0. Photos of \
      unknown classes are left out.

      Without --model and --weights, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet evaluate photos-test/ --run runs/train/photos --report report.html
        effnet evaluate --run runs/train/photos
        effnet evaluate imagenet/val --model lite0 --json
      """)

  @Argument(help: ArgumentHelp("A folder, a CSV file or tar archives.", valueName: "photos"))
  var photos: String?
  @Option(
    name: .customLong("run"), help: "Use the best weights of this run of 'effnet train'.",
    value: "folder")
  var runFolder: String?
  @Option(
    help: "Write a page with charts, the confusion matrix and photos of the worst mistakes.",
    value: "file.html")
  var report: String?
  @Option(number: "Use at most this many photos, every class in proportion (default: all).")
  var limit: Int?
  @Option(number: "Photos per run of the network.") var batch = 32
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Do not show progress.") var quiet = false
  @OptionGroup var network: NetworkOptions
  @OptionGroup var scale: ScaleOptions

  func validate() throws {
    try check(batch, "--batch", 1...1024)
    try check(limit, "--limit", 1...1 << 40)
    let isRun = try source().weights.map(Folder.exists) == true
    guard photos != nil || runFolder != nil || isRun else {
      throw ValidationError("no photos given; name photos, or a run with --run")
    }
    if runFolder != nil, network.file.weights != nil || network.model.model != nil {
      throw ValidationError("--run already names the network; leave out --model and --weights")
    }
  }

  func run() throws {
    let source = try source()
    let model = try source.load()
    let (dataset, notes) = try data(source.run(), classes: model.description.classes)
    StandardError.note(notes)
    let evaluator = try Evaluator(
      model, pool: network.processors.pool(), precision: network.precision, batch: batch)
    let progress = ProgressLine("photos", isQuiet: quiet)
    let result = try evaluator.evaluate(
      dataset, isInterrupted: { Interruption.current != nil }
    ) { done, _ in progress.update(done, of: dataset.samples.count) }
    try Interruption.check()
    for photo in result.broken { StandardError.report("\(photo)") }
    if let report {
      let page = try EvaluationReport(
        title: photos ?? runFolder ?? model.description.architecture.name, model.description,
        result, photos: dataset, command: CommandLine.arguments.joined(separator: " "))
      try OutputFile.write(Array(page.html().utf8), to: report)
    }
    try show(result)
    if !result.broken.isEmpty { throw ExitCode.failure }
  }

  /// The network of --run, or of the other options.
  private func source() throws -> ModelSource {
    guard let runFolder else { return try network.source(scale) }
    return ModelSource(resolution: network.model.resolution, weights: runFolder)
  }

  /// Returns the photos of the argument, or the validation photos of the run.
  private func data(
    _ folder: RunFolder?, classes: [ClassLabel]
  ) throws -> (Dataset, notes: [String]) {
    if let photos {
      let data = try EvaluationData(path: photos, classes: classes, limit: limit)
      return (data.photos, data.notes)
    }
    guard let folder else {
      throw ValidationError("no photos given; name photos, or a run with --run")
    }
    let split = try folder.readSettings().photos(validationLimit: limit)
    guard !split.validation.samples.isEmpty else {
      throw FileError(
        path: folder.path,
        reason: "the run has no validation photos; name photos to evaluate")
    }
    return (split.validation, split.notes)
  }

  private func show(_ result: Evaluator.Result) throws {
    let evaluation = result.evaluation
    if json {
      return try StandardOutput.print(
        json: EvaluationSummary(evaluation, imagesPerSecond: result.imagesPerSecond))
    }
    func percent(_ share: Double?) -> String {
      share?.percent(digits: 2) ?? "–"
    }
    try StandardOutput.print(
      "\(evaluation.images) photos: top-1 \(percent(evaluation.top1)), top-5 \(percent(evaluation.top5)), "
        + "loss \(evaluation.loss.formatted(digits: 4)), "
        + "calibration error \(percent(evaluation.calibration.error)), "
        + "\(result.imagesPerSecond.formatted(digits: 1)) photos a second")
    let classes = evaluation.perClass.filter { $0.count > 0 }
    guard classes.count <= 100 else { return }
    try StandardOutput.print(
      classes.tableLines(
        .left("class") { $0.name }, .right("photos") { "\($0.count)" },
        .right("precision") { percent($0.precision) }, .right("recall") { percent($0.recall) },
        .right("F1") { percent($0.f1) }))
  }
}

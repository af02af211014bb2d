import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetTraining

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Say how well a network knows labelled photos.",
    discussion: """
      Photos are a folder with a folder for each class, a CSV file with the columns path and label, or tar archives. If any \
      label is the name of a class or its identifier in WordNet (n01440764), all labels are; if none is, and all are \
      numbers, they are indices of classes from 0. Photos of other classes are left out. Of a run, its own validation photos are taken \
      unless others are named.

      Examples:
        effnet evaluate photos-test/ --run runs/train/photos --report report.html
        effnet evaluate --run runs/train/photos
        effnet evaluate imagenet/val --model lite0 --json
      """)

  @Argument(help: ArgumentHelp("A folder, a CSV file, or tar archives.", valueName: "photos"))
  var photos: String?
  @Option(
    name: .customLong("run"), help: "A run of 'effnet train', whose best weights are taken.",
    value: "folder")
  var runFolder: String?
  @OptionGroup var network: NetworkOptions
  @OptionGroup var scale: ScaleOptions
  @Option(number: "Photos that go through the network at once.") var batch = 32
  @Option(number: "The most photos, every class in proportion.") var limit: Int?
  @Option(
    help: "Write a page with charts, confusion and the worst mistakes as pictures.",
    value: "file.html")
  var report: String?
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "No progress.") var quiet = false

  func validate() throws {
    try check(batch, "--batch", 1...1024)
    try check(limit, "--limit", 1...1 << 40)
    _ = try network.source(scale)
    guard photos != nil || runFolder != nil else {
      throw ValidationError("name photos, or a run with --run, which has its own")
    }
    if runFolder != nil, network.file.weights != nil || network.model.model != nil {
      throw ValidationError("--run says the network; leave out --model and --weights")
    }
  }

  func run() throws {
    let folder = try runFolder.map { try RunFolder(existing: $0) }
    var model = try folder.map { try Model(contentsOf: $0.best) } ?? network.source(scale).load()
    if folder != nil, let resolution = network.model.resolution {
      model = try model.withResolution(resolution)
    }
    let (dataset, notes) = try data(folder, classes: model.description.classes)
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

  /// The photos that are named, or those that a run validated with.
  private func data(
    _ folder: RunFolder?, classes: [ClassLabel]
  ) throws -> (Dataset, notes: [String]) {
    if let photos {
      let data = try EvaluationData(path: photos, classes: classes, limit: limit)
      return (data.photos, data.notes)
    }
    guard let folder else { throw ValidationError("name photos, or a run with --run") }
    let split = try folder.readSettings().photos(validationLimit: limit)
    guard !split.validation.samples.isEmpty else {
      throw FileError(
        path: folder.path,
        reason: "the run has no photos to validate with; name photos to evaluate with")
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

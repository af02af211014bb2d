import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure accuracy on labelled photos.",
    discussion: """
      Prints how many photos are right (top-1) with the 95 % interval of their share, the loss, \
      the recall, precision and F1 of each class, and the most confident mistakes. Top-5 is \
      shown for more than five classes, the calibration error from 100 photos on. With up to 100 \
      classes, a table shows how many photos 'effnet classify --sort-into' would sort with each \
      --threshold, and how many of them wrongly. Photos are a \
      folder with a subfolder for each class, a CSV file with the columns path and label, or tar \
      archives. Without photos, a run's own validation photos are used.

      --against compares two networks on the same photos: the photos that only one of them gets \
      right, and by McNemar's exact test whether the difference may be random.

      If any label is a class name or a WordNet identifier (n01440764), all labels are read as \
      such; if none is and all are numbers, they are class indices, counted from 0. Photos of \
      unknown classes are left out.

      After Ctrl-C, the finished rows of --predictions are in FILE.partial, or in FILE.partial-2 \
      if that exists.

      Without --model, the network is lite0; 'effnet pull lite0' downloads it.

      Examples:
        effnet evaluate photos-test/ --model runs/train/photos --report report.html
        effnet evaluate --model runs/train/photos --predictions all.csv
        effnet evaluate --model runs/train/photos --against runs/train/photos-2
        effnet evaluate imagenet/val --model lite0 --json
      """)

  @Argument(help: ArgumentHelp("A folder, a CSV file or tar archives.", valueName: "photos"))
  var photos: String?
  @Option(
    name: .customLong("run"), help: "The folder of a run of 'effnet train', as --model takes it.",
    value: "folder")
  var runFolder: String?
  @Option(
    help: """
      Write a page with charts, the confusion matrix and photos of the worst mistakes; an existing \
      file is replaced.
      """, value: "file.html")
  var report: String?
  @Option(
    help: """
      Write a CSV file of all photos with the columns path, truth, prediction, probability, right \
      and error; an existing file is replaced.
      """, value: "file.csv")
  var predictions: String?
  @Option(
    help: """
      Compare with this network photo by photo: a name, a weight file or the folder of a run.
      """, value: "network")
  var against: String?
  @Option(number: "Use at most this many photos, every class in proportion (default: all).")
  var limit: Int?
  @Flag(
    help: """
      Leave out photos that trained the network or chose its best epoch, and copies of them with \
      the same bytes.
      """)
  var leaveOutUsed = false
  @Option(number: "Photos per run of the network.") var batch = 32
  @Flag(
    help: """
      Print one JSON object; confusion has truth, prediction and count of each pair of classes, as \
      indices into classes.
      """)
  var json = false
  @Flag(help: "Do not show progress.") var quiet = false
  @OptionGroup var network: NetworkOptions
  @OptionGroup var labels: LabelOptions
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var cropping: CropOptions

  func validate() throws {
    try check(batch, "--batch", 1...1024)
    try check(limit, "--limit", 1...1 << 40)
    if let report, !report.lowercased().hasSuffix(".html") {
      throw ValidationError("--report is \(report); a report is a page, its name must end in .html")
    }
    if ["", "-"].contains(predictions) {
      throw ValidationError("--predictions needs the name of a file, such as predictions.csv")
    }
    try check(predictions, "--predictions", isNoFolder: "predictions.csv")
    if let runFolder, FileStatus(runFolder)?.kind == .file {
      throw ValidationError(
        "--run is \(runFolder), which is a file; name the folder of the run, or the file with "
          + "--model")
    }
    try check(report, "--report", differsFrom: predictions, "--predictions")
    let isRun = try source().weights.map(Folder.exists) == true
    guard photos != nil || runFolder != nil || isRun else {
      throw ValidationError("no photos given; name photos, or a run with --model")
    }
    if leaveOutUsed, photos == nil {
      throw ValidationError(
        "--leave-out-used needs photos; a run's own validation photos chose its best epoch")
    }
    if runFolder != nil, network.file.weights != nil || network.model.model != nil {
      throw ValidationError("--run already names the network; leave out --model and --weights")
    }
  }

  func run() throws {
    let source = try source()
    var model = try source.load(isPredicting: true)
    try labels.apply(to: &model)
    cropping.apply(to: &model)
    let run = try source.run()
    var (dataset, notes) = try data(run, classes: model.description.classes)
    let ofWeights = self.run(of: model, from: source)
    var uses =
      photos == nil ? nil : ofWeights?.uses(of: dataset.samples) { StandardError.note($0) }
    let warning =
      photos == nil
      ? run.flatMap(Self.warning(onValidationOf:)) : uses.flatMap(warning(onUses:))
    if leaveOutUsed {
      try leaveOut(uses, from: &dataset)
      uses = uses?.filter { $0 == nil }
    }
    StandardError.note(notes + [warning].compactMap(\.self))
    let other = try against.map {
      try opponent(
        $0, of: ofWeights, classes: model.description.classes,
        trained: uses?.count { $0 == .training } ?? 0, photos: &dataset)
    }
    let inputs =
      source.files + [photos, labels.labels].compactMap(\.self)
      + dataset.samples.map(\.photo.filePath)
    try check(report, "--report", replacesNoneOf: inputs)
    try check(predictions, "--predictions", replacesNoneOf: inputs)
    let evaluator = try Evaluator(
      model, pool: network.processors.pool(),
      precision: network.numbers.announced(isQuiet: quiet), batch: batch)
    // Open the outputs before the network runs, so that an unwritable path fails early.
    var page = try report.map { try OutputFile(path: $0) }
    var table = try predictions.map {
      try CSVTable(path: $0, columns: "path,truth,prediction,probability,right,error")
    }
    let result = try evaluate(model, with: evaluator, on: dataset) { StandardError.report("\($0)") }
    for row in result.rows(of: dataset) { try table?.write(row) }
    let comparison = try other.flatMap { try compare(result, of: model, with: $0, on: dataset) }
    if let interruption = Interruption.current {
      let done = result.outcomes.count + result.broken.count
      let kept = table?.keepPartial(done) ?? "; nothing was written"
      throw interruption.after(done, of: dataset.samples.count, kept: kept)
    }
    if report != nil {
      let network = source.weights ?? source.name ?? model.description.architecture.name
      var report = try EvaluationReport(
        title: "\(network) on \(photos ?? "its validation photos")", model.description, result,
        photos: dataset, command: commandLine)
      report.notes = [warning].compactMap(\.self)
      report.comparison = comparison
      try page?.write(report.html())
    }
    try page?.commit()
    try table?.commit()
    if json {
      var summary = EvaluationSummary(result.evaluation, imagesPerSecond: result.imagesPerSecond)
      summary.trainingImages = uses?.count { $0 == .training }
      summary.broken = result.broken.count
      summary.against = comparison
      try StandardOutput.print(json: summary)
    } else {
      try StandardOutput.print(
        result.lines(of: dataset, predictions: predictions) + (comparison?.lines ?? []))
      if photos == nil, result.evaluation.mistakes > 0 {
        try StandardOutput.print(
          "after you move a photo to another folder, train again: --resume and 'evaluate' without "
            + "photos refuse changed photos")
      }
      if let report {
        try StandardOutput.print("report: \(report)")
      } else {
        let options = ["--report", unusedName("report", ending: ".html")]
        try StandardOutput.print("next: \(commandLine(adding: options))")
      }
    }
    if !result.broken.isEmpty { throw ExitCode.failure }
  }

  /// Evaluates a network until Ctrl-C, and shows the progress.
  ///
  /// - Throws: The errors of the evaluator. That of outputs that are not finite names the photo and
  ///   the weight file.
  func evaluate(
    _ model: Model, with evaluator: Evaluator, on photos: Dataset,
    note: (BrokenPhoto) throws -> Void = { _ in }
  ) throws -> Evaluator.Result {
    let progress = ProgressLine("photos", isQuiet: quiet)
    do {
      return try evaluator.evaluate(
        photos, isInterrupted: { Interruption.current != nil },
        show: { done, _ in progress.update(done, of: photos.samples.count) }, note: note)
    } catch let error as EvaluationError {
      let sample =
        switch error {
        case .notFinite(_, _, let sample, _): sample
        }
      throw error.naming(
        photo: photos.samples[sample].photo.path, network: model.weights.source)
    }
  }

  /// The note that the validation photos chose the best epoch of a run; nil if they are many.
  static func warning(onValidationOf run: RunFolder) -> String? {
    guard let run = try? RunOverview(run) else { return nil }
    return run.best?.choiceRemark(of: run.epochs, last: run.last)
  }

  /// The note that photos trained the network or chose its best epoch; nil if none did.
  private func warning(onUses uses: [RunFolder.Use?]) -> String? {
    let use = counts(of: uses)
    return sentence(onUse: use, "of these \(uses.count.grouped) photos").map {
      if leaveOutUsed { return "\($0); they are left out" }
      return "\($0), so the result is too good, and photos in wrong folders may count as right; "
        + (uses.contains(nil)
          ? "--leave-out-used evaluates only the others"
          : use.training > 0
            ? "without photos, effnet evaluates the run's validation photos"
            : "only photos that the run did not use show how good it is")
    }
  }

  /// Leaves out the photos that the run of a network used.
  ///
  /// - Parameters:
  ///   - uses: The uses of the photos; nil if they are unknown.
  ///   - other: The name of the network if it is that of --against.
  func leaveOut(
    _ uses: [RunFolder.Use?]?, of other: String? = nil, from dataset: inout Dataset
  ) throws {
    guard let uses else {
      throw ValidationError(
        "--leave-out-used needs the network of a run whose photos are where they were, unchanged"
          + (other.map { "; those of \($0) are not" } ?? ""))
    }
    dataset.samples = zip(dataset.samples, uses).filter { $0.1 == nil }.map(\.0)
    guard !dataset.samples.isEmpty else {
      throw ValidationError(
        "--leave-out-used leaves no photo: the run of \(other ?? "the network") used all "
          + "\(uses.count.grouped)\(other == nil ? "" : " others"); name other photos")
    }
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
      throw ValidationError("no photos given; name photos, or a run with --model")
    }
    let settings = try folder.readSettings()
    let split: DataSplit
    do {
      split = try settings.photos(validationLimit: limit)
    } catch let error as FileError where FileStatus(error.path) != nil {
      let model = ["--model", ModelSource.word(ofRun: folder.path)]
      throw FileError(
        path: error.path,
        reason: "\(error.reason); to evaluate on photos that did not train the network: "
          + shellLine(["effnet", "evaluate", "FOLDER"] + model)
          + "; \(folder.trainingAgain(on: error.path))")
    }
    guard !split.validation.samples.isEmpty else {
      throw FileError(
        path: folder.path,
        reason: "the run has no validation photos; name photos to evaluate")
    }
    return (split.validation, split.notes)
  }
}

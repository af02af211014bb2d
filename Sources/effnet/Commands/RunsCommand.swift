import ArgumentParser
import EfficientNet
import EfficientNetHub
import EfficientNetReports
import EfficientNetSearch
import EfficientNetSystem
import EfficientNetTraining

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List runs and experiments with their best figures.",
    discussion: """
      Lists the runs of 'effnet train' and the experiments of 'effnet scale' and 'effnet search' \
      in a folder and its subfolders, the last changed first, with the commands that use the best \
      run and continue interrupted ones. The result of a run is its best epoch on the validation \
      photos. The same photos chose that epoch, so with few photos the result is too good. Results \
      on different photos or classes cannot be compared: then the column "photos" has the same \
      name for runs that can be compared, such as "cats" or, if photos were added or split in \
      another way, "cats (2)". The numbers begin with the oldest run that is there. The commands use \
      the best run of each name. A \
      run that is not clearly better than guessing is not recommended. Other folders are ignored; \
      damaged runs are reported.

      4/20 means 4 of 20 epochs. A run that continues another one counts its own epochs. If the \
      second-best result lies in the 95 % interval of the best, a note says that the difference \
      is not reliable. If as many photos are right, the run with the lower loss counts \
      as the best, and the other may be as good. Another note says so if runs differ only in the \
      seed: then the best is partly luck.

      A run is just its folder: rm -r runs/train/NAME deletes it. best.safetensors is enough to \
      classify; --resume needs the other files, too. You can also delete the folder explanations \
      of 'effnet explain' and the files *.partial of interrupted commands. The last \
      line shows the folder of downloaded weights and kept features, and its size; any of it can \
      be deleted.

      Examples:
        effnet runs
        effnet runs runs/train --json
      """)

  @Argument(help: ArgumentHelp("The folder to search (default: runs).", valueName: "folder"))
  var folder: String?
  @Flag(
    help: "Print a JSON array with one object for each run; error and kind of a damaged one.")
  var json = false

  func validate() throws { try check(paths: [folder].compactMap(\.self)) }

  func run() throws {
    // Nothing was trained here so far.
    let isNew = folder == nil && FileStatus("runs") == nil
    let (lines, errors) = isNew ? ([], []) : RunLine.all(in: place)
    for error in errors { StandardError.report(error) }
    if json {
      let failed = errors.map { error -> JSONObject in
        ["error": "\(error)", "kind": error.kind]
      }
      try StandardOutput.print(json: lines.map(\.object) + failed, isPretty: true)
    } else if lines.isEmpty, errors.isEmpty {
      StandardError.write(
        "no runs in \(place); 'effnet train' puts them into runs/train\n"
          + (Self.cache.map { $0 + "\n" } ?? ""))
    } else if !lines.isEmpty {
      try show(lines)
    }
    if !errors.isEmpty { throw ExitCode.failure }
  }

  /// The folder to search, without a slash at its end.
  private var place: String { (folder ?? "runs").withoutSlashes }

  private func show(_ lines: [RunLine]) throws {
    let sets = PhotoSets(lines)
    var columns: [TextColumn<RunLine>] = [
      .left("run") { $0.path }, .left("state") { $0.state },
      .left("changed") { localTime($0.modified) }, .left("network") { $0.network },
      .right("size") { $0.size },
    ]
    if sets.count > 1 { columns.append(.left("photos") { sets.name(of: $0) }) }
    columns += [.left("right") { $0.result }, .left("loss") { $0.loss }]
    try StandardOutput.print(lines.tableLines(columns))
    let (uses, recommended) = sets.recommendations(of: lines)
    for use in uses { try StandardOutput.print([""] + use) }
    let unfinished = lines.compactMap(\.resuming)
    if !unfinished.isEmpty {
      try StandardOutput.print(["", "continue:"] + unfinished.map { "  \($0)" })
    }
    // The command must not delete an experiment, or a run that is worth using or to be continued.
    let unused = lines.last {
      $0.photos != nil && !recommended.contains($0.path) && $0.resuming == nil
        && !$0.state.hasPrefix("running")
    }
    let deletion =
      unused.map { "to delete a run, here the oldest that is not recommended: \($0.deletion)" }
      ?? "to delete a run: rm -r FOLDER"
    try StandardOutput.print(["", deletion] + [Self.cache].compactMap(\.self))
  }

  /// For instance "downloaded weights and kept features: 52 MB in /home/ada/.cache/effnet"; nil if
  /// there are none.
  private static var cache: String? {
    guard let folder = (try? ModelCache.standard)?.folder, Folder.exists(folder) else { return nil }
    return "downloaded weights and kept features: \(megabytes(in: folder)) in \(folder.oneLine)"
  }

  /// The size of all files in a folder, such as "27 MB".
  fileprivate static func megabytes(in folder: String) -> String {
    "\(((Folder.byteCount(folder) + 999_999) / 1_000_000).grouped) MB"
  }
}

/// A run or an experiment in the table of `effnet runs`.
struct RunLine {
  let path, state, network, result: String
  /// The loss of a run's best epoch, if there is one.
  var loss = ""
  /// The time of the last change, in nanoseconds since 1970.
  let modified: Int64
  /// The command that evaluates the run on its validation photos; nil without them.
  var evaluating: String?
  /// The commands that use the run on other photos; none if it is not finished.
  var uses: [String] = []
  /// The best epoch of a run; nil for experiments and without validation photos.
  var best: RunOutcome.Best?
  /// A remark if few photos chose the best epoch of a run; else empty.
  var choice = ""
  /// The fingerprint of a run's photos and classes: results on others cannot be compared.
  var photos: UInt64?
  var photosName = ""
  /// The time when a run began, in nanoseconds since 1970; in runs of early versions, and for
  /// experiments, that of the last change.
  var begun: Int64
  /// Whether the result is not clearly better than guessing.
  var isNearChance = false
  var settings: RunConfiguration?
  /// The command that resumes an interrupted run; nil for others.
  var resuming: String?
  let object: JSONObject

  /// The size of all files, such as "27 MB".
  var size: String { RunsCommand.megabytes(in: path) }

  var deletion: String { shellLine(["rm", "-r", ModelSource.word(ofRun: path)]) }

  /// The lines that use the run, and compare it with the next best one on the same photos. It finds
  /// the photos without reading them: evaluating fails if they have changed.
  func useLines(next: RunLine?) -> [String] {
    var lines = uses
    var comparison: [String] = []
    if let evaluating, (try? settings?.photos()) != nil {
      lines.insert(evaluating, at: 0)
      comparison =
        next.map {
          ["compare with the next photo by photo:", "  \(self.comparison(with: $0))"]
        } ?? []
    } else if evaluating != nil {
      let model = ["--model", ModelSource.word(ofRun: path)]
      comparison = [
        "its photos have changed or moved since, so evaluate it on others:",
        "  " + shellLine(["effnet", "evaluate", "FOLDER"] + model),
      ]
    }
    return lines.map { "  \($0)" } + comparison
  }

  /// The command that compares the networks of two runs on their validation photos.
  private func comparison(with other: RunLine) -> String {
    let words = [path, other.path].map(ModelSource.word(ofRun:))
    return shellLine(["effnet", "evaluate", "--model", words[0], "--against", words[1]])
  }

  /// Returns the runs and experiments in a folder, the last changed first, and the errors of
  /// those that cannot be read.
  static func all(in folder: String) -> (lines: [RunLine], errors: [any Error]) {
    var errors: [any Error] = []
    func read(_ paths: [String], _ line: (String) throws -> RunLine) -> [RunLine] {
      paths.compactMap { path in
        do { return try line(path) } catch {
          errors.append(error)
          return nil
        }
      }
    }
    let paths = RunFolder.folders(
      at: folder,
      where: { RunFolder.isRun(names: $0) || ExperimentFolder.isExperiment(names: $0) },
      report: { errors.append($0) })
    let lines = read(paths) { path in
      FileStatus("\(path)/\(ExperimentSettings.fileName)") == nil
        ? RunLine(try RunOverview(RunFolder(existing: path)))
        : RunLine(try ExperimentOverview(ExperimentFolder(existing: path)))
    }
    return (lines.sorted { ($1.modified, $0.path) < ($0.modified, $1.path) }, errors)
  }
}

extension RunLine {
  fileprivate init(_ run: RunOverview) {
    let (architecture, epochs) = (
      run.configuration.model.architecture, run.configuration.recipe.epochs
    )
    (path, modified) = (run.path, run.modified)
    network = "\(architecture.name), \(architecture.resolution) px"
    (best, photos) = (run.best, run.configuration.dataFingerprint)
    photosName = TrainingStart.name(of: run.configuration.dataPath)
    begun = run.configuration.begun.map { $0 * 1_000_000 } ?? modified
    settings = run.configuration
    isNearChance = run.isNearChance
    result = run.best.map { $0.proportion?.shortText ?? $0.top1.percent(digits: 1) } ?? "–"
    loss = run.best?.loss?.formatted(digits: 3) ?? ""
    choice = run.best?.choiceRemark(of: run.epochs, last: run.last).map { "; \($0)" } ?? ""
    let name: String
    var remark = ""
    switch run.state {
    case .running: name = "running"
    case .interrupted:
      name = "interrupted"
      if run.epochs == epochs { remark = ", no report" }
      resuming = run.isResumable ? ResumableCommand.train.resuming(run.path) : nil
    case .ended(.diverged): name = "diverged"
    case .ended(let end):
      name = "finished"
      if end == .early { remark = ", early" }
      let model = ["--model", ModelSource.word(ofRun: run.path)]
      if run.best != nil { evaluating = shellLine(["effnet", "evaluate"] + model) }
      uses.append(shellLine(["effnet", "classify"] + model + ["photo.jpg"]))
    }
    let earlier = (try? RunFolder(existing: run.path))?.continued(by: run.configuration)?.folder
      .name
    if let name = run.configuration.continues {
      remark += ", continues \(name)\(earlier == nil ? " (deleted)" : "")"
    } else if let run = run.configuration.weights.flatMap(RunFolder.ofWeights) {
      remark += ", weights of \(run.name)"
    }
    state = "\(name) \(run.epochs)/\(epochs)\(remark)"
    object = [
      "run": path, "command": "train", "state": name, "changed": localTime(modified),
      "network": architecture.name, "resolution": architecture.resolution,
      "classes": architecture.classes,
      "photos": String(run.configuration.dataFingerprint, radix: 16), "epochs": run.epochs,
      "epochsPlanned": epochs, "continues": earlier,
      "best": run.best?.object, "last": run.last?.object,
      "commands": [evaluating].compactMap(\.self) + uses + [resuming].compactMap(\.self),
    ]
  }

  fileprivate init(_ experiment: ExperimentOverview) {
    let resumable = ResumableCommand(experiment.settings.study)
    let command = resumable.rawValue
    let trainings = experiment.trainings.counted("training", "trainings")
    (path, modified, begun) = (experiment.path, experiment.modified, experiment.modified)
    network = "\(command) of \(experiment.settings.study.baseline.name)"
    result = experiment.highestTop1.map { "up to \($0.percent(digits: 1))" } ?? "–"
    let name: String
    switch experiment.state {
    case .running: name = "running"
    case .interrupted:
      name = "interrupted"
      resuming = resumable.resuming(experiment.path)
    case .finished: name = "finished"
    }
    state = "\(name), \(trainings)"
    object = [
      "run": path, "command": command, "state": name, "changed": localTime(modified),
      "network": experiment.settings.study.baseline.name, "trainings": experiment.trainings,
      "highestTop1": experiment.highestTop1, "commands": [resuming].compactMap(\.self),
    ]
  }
}

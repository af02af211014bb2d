import ArgumentParser
import EfficientNet
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
      photos. If finished runs have different photos or classes, their results cannot be \
      compared, and the commands use the newest run. Other folders are ignored; damaged runs are \
      reported.

      Examples:
        effnet runs
        effnet runs runs/train --json
      """)

  @Argument(help: ArgumentHelp("The folder to search (default: runs).", valueName: "folder"))
  var folder: String?
  @Flag(help: "Print a JSON array with one object for each run.") var json = false

  func validate() throws { try check(paths: [folder].compactMap(\.self)) }

  func run() throws {
    // Nothing was trained here so far.
    let isNew = folder == nil && FileStatus("runs") == nil
    let (lines, isComplete) = isNew ? ([], true) : RunLine.all(in: place)
    if json {
      try StandardOutput.print(json: lines.map(\.object), isPretty: true)
    } else if lines.isEmpty, isComplete {
      StandardError.write(
        "no runs in \(place); 'effnet train' puts them into runs/train\n")
    } else if !lines.isEmpty {
      try show(lines)
    }
    if !isComplete { throw ExitCode.failure }
  }

  /// The folder to search, without a slash at its end.
  private var place: String {
    var place = folder ?? "runs"
    while place.count > 1, place.hasSuffix("/") { place.removeLast() }
    return place
  }

  private func show(_ lines: [RunLine]) throws {
    try StandardOutput.print(
      lines.tableLines(
        .left("run") { $0.path }, .left("state") { $0.state },
        .left("changed") { localTime($0.modified) }, .left("network") { $0.network },
        .left("result") { $0.result }))
    if let (run, reason) = RunLine.recommended(of: lines) {
      try StandardOutput.print(["", "use \(reason):"] + run.uses.map { "  \($0)" })
    }
    let unfinished = lines.compactMap(\.resuming)
    if !unfinished.isEmpty {
      try StandardOutput.print(["", "continue:"] + unfinished.map { "  \($0)" })
    }
  }
}

/// A run or an experiment in the table of `effnet runs`.
private struct RunLine {
  let path, state, network, result: String
  /// The time of the last change, in nanoseconds since 1970.
  let modified: Int64
  /// The commands that use the result.
  var uses: [String] = []
  /// The best epoch of a run; nil for experiments and without validation photos.
  var best: RunOutcome.Best?
  /// The fingerprint of a run's photos and classes: results on others cannot be compared.
  var photos: UInt64?
  /// The command that resumes an interrupted run; nil for others.
  var resuming: String?
  /// The object for --json.
  let object: JSONObject

  /// Returns the runs and experiments in a folder, the last changed first, and whether all could be
  /// read. Reports errors.
  static func all(in folder: String) -> (lines: [RunLine], isComplete: Bool) {
    var isComplete = true
    func report(_ error: any Error) {
      isComplete = false
      StandardError.report(error)
    }
    func read(_ paths: [String], _ line: (String) throws -> RunLine) -> [RunLine] {
      paths.compactMap { path in
        do { return try line(path) } catch {
          report(error)
          return nil
        }
      }
    }
    let paths = RunFolder.folders(
      at: folder,
      where: { RunFolder.isRun(names: $0) || ExperimentFolder.isExperiment(names: $0) },
      report: report)
    let lines = read(paths) { path in
      FileStatus("\(path)/\(ExperimentSettings.fileName)") == nil
        ? RunLine(try RunOverview(RunFolder(existing: path)))
        : RunLine(try ExperimentOverview(ExperimentFolder(existing: path)))
    }
    return (lines.sorted { ($1.modified, $0.path) < ($0.modified, $1.path) }, isComplete)
  }
}

extension RunLine {
  /// Returns the finished run to use, with the reason: the best one if all have the same photos,
  /// otherwise the newest one; nil if no run is finished.
  ///
  /// - Parameter lines: The runs, the newest first.
  fileprivate static func recommended(of lines: [RunLine]) -> (run: RunLine, reason: String)? {
    let runs = lines.filter { !$0.uses.isEmpty }
    guard let newest = runs.first else { return nil }
    if runs.count == 1 { return (newest, "the finished run") }
    guard runs.allSatisfy({ $0.photos == newest.photos }) else {
      return (
        newest,
        "the newest finished run (runs on different photos or classes cannot be compared)"
      )
    }
    let ranked = runs.compactMap { run in run.best.map { (run, $0) } }
    let best = ranked.min {
      (-$0.1.top1, $0.1.loss ?? .infinity) < (-$1.1.top1, $1.1.loss ?? .infinity)
    }
    guard let (run, epoch) = best else {
      return (newest, "the newest finished run (without validation photos, none is the best)")
    }
    return (
      run,
      "the best of \(runs.count) finished runs, \(run.path) (highest validation top-1, "
        + "\(epoch.proportion?.shortText ?? epoch.top1.percent()); then lowest loss)"
    )
  }

  fileprivate init(_ run: RunOverview) {
    let (architecture, epochs) = (
      run.configuration.model.architecture, run.configuration.recipe.epochs
    )
    let progress = "after \(run.epochs) of \(epochs.counted("epoch", "epochs"))"
    (path, modified) = (run.path, run.modified)
    network = "\(architecture.name), \(architecture.resolution) pixels"
    (best, photos) = (run.best, run.configuration.dataFingerprint)
    result =
      run.best.map { best in
        "epoch \(best.epoch): \(best.proportion?.text ?? best.top1.percent())"
          + (best.loss.map { ", loss \($0.formatted(digits: 3))" } ?? "")
      } ?? "–"
    let name: String
    switch run.state {
    case .running: (name, state) = ("running", "running, \(progress)")
    case .interrupted:
      let isTrained = run.epochs == epochs
      (name, state) = (
        "interrupted", "interrupted \(progress)\(isTrained ? ", before its report" : "")"
      )
      resuming = ResumableCommand.train.resuming(run.path)
    case .ended(.diverged): (name, state) = ("diverged", "diverged \(progress)")
    case .ended(let end):
      name = "finished"
      state = end == .early ? "\(name) early, \(progress)" : name
      let model = ["--model", ModelSource.word(ofRun: run.path)]
      if run.best != nil { uses.append(shellLine(["effnet", "evaluate"] + model)) }
      uses.append(shellLine(["effnet", "classify"] + model + ["photo.jpg"]))
    }
    object = [
      "run": path, "command": "train", "state": name, "changed": localTime(modified),
      "network": architecture.name, "resolution": architecture.resolution,
      "classes": architecture.classes, "epochs": run.epochs, "epochsPlanned": epochs,
      "best": run.best?.object, "commands": uses + [resuming].compactMap(\.self),
    ]
  }

  fileprivate init(_ experiment: ExperimentOverview) {
    let resumable = ResumableCommand(experiment.settings.study)
    let command = resumable.rawValue
    let trainings = experiment.trainings.counted("training", "trainings")
    (path, modified) = (experiment.path, experiment.modified)
    network = "\(command) of \(experiment.settings.study.baseline.name)"
    result = experiment.highestTop1.map { "top-1 up to \($0.percent())" } ?? "–"
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

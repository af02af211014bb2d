import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

/// The runs that train the last weights of a finished run for more epochs, in numbered folders next
/// to it.
extension RunFolder {
  /// The folder with a slash at its end, and the name without a number that these runs begin with:
  /// "runs/train/" and "photos" for "runs/train/photos" and "runs/train/photos-2".
  fileprivate var series: (parent: String, name: String) {
    let parent = Folder.parent(of: path.withoutSlashes)
    if let dash = name.lastIndex(of: "-"), Int(name[dash...].dropFirst()) != nil,
      FileStatus(parent + name[..<dash]) != nil
    {
      return (parent, String(name[..<dash]))
    }
    return (parent, name)
  }

  /// Creates the folder of a run that follows this one: "photos-2" or "photos-3" for "photos", and
  /// "photos-3" for "photos-2".
  func next() throws -> RunFolder {
    let (parent, name) = series
    return try RunFolder(creatingIn: parent == "/" ? parent : String(parent.dropLast()), name: name)
  }

  /// The folder that `next` would create now.
  var nextPath: String {
    let (parent, name) = series
    return unusedName(parent + name, ending: "")
  }

  /// The newest run of ``continuations`` that is interrupted or running; nil without one.
  var unfinishedContinuation: RunOverview? {
    continuations.first { $0.state == .running || $0.isUnfinished }
  }

  /// The runs that `effnet train --resume` began with the last weights of this one, the newest
  /// first. Damaged runs are ignored.
  var continuations: [RunOverview] {
    let (parent, _) = series
    let names = (try? Folder.names(parent)) ?? []
    return names.compactMap { other -> RunOverview? in
      guard let folder = try? RunFolder(existing: parent + other),
        let settings = try? folder.readSettings(),
        folder.continued(by: settings)?.folder.name == name
      else { return nil }
      return try? RunOverview(folder)
    }.sorted { ($1.modified, $1.path) < ($0.modified, $0.path) }
  }

  /// The newest interrupted run in a folder on the photos of a new run, one with the same settings
  /// first; nil without one. Damaged runs are ignored.
  static func unfinished(in folder: String, for new: RunConfiguration) -> RunOverview? {
    func priority(_ run: RunOverview) -> (Int, Int64, String) {
      (run.configuration.trainsTheSame(as: new) ? 1 : 0, run.modified, run.path)
    }
    let names = (try? Folder.names(folder)) ?? []
    return names.compactMap { try? RunOverview(RunFolder(existing: "\(folder)/\($0)")) }
      .filter { $0.isUnfinished && $0.configuration.dataFingerprint == new.dataFingerprint }
      .max { priority($0) < priority($1) }
  }
}

extension RunOverview {
  /// For instance "3 of 20 epochs".
  private var progress: String {
    "\(epochs) of \(configuration.recipe.epochs.counted("epoch", "epochs"))"
  }

  /// Refuses a new run with the photos and settings of this interrupted one, and notes one with
  /// other settings.
  ///
  /// - Throws: ``CommandError`` with the command that resumes this run, and the one that starts
  ///   another.
  func check(newRun configuration: RunConfiguration) throws {
    let resuming = ResumableCommand.train.resuming(path)
    guard self.configuration.trainsTheSame(as: configuration) else {
      return StandardError.note(
        "\(path), on the same photos with other settings, is interrupted after \(progress); to "
          + "resume it: \(resuming)")
    }
    let another = commandLine(adding: ["--output", try RunFolder(existing: path).nextPath])
    throw CommandError(
      "\(path) trains on the same photos with the same settings, and is interrupted after "
        + "\(progress); to resume it: \(resuming); to start again in another folder: \(another)")
  }

  /// Whether this run has ended and trained what these settings of a continuation would train: its
  /// weights would be the same. The path of the weights may be written in another way.
  func trained(_ settings: RunConfiguration) -> Bool {
    guard case .ended = state else { return false }
    var settings = settings
    settings.weights = configuration.weights
    return configuration.trainsTheSame(as: settings)
  }

  /// The error that this run is the asked continuation of a finished one.
  func refusal(ofTheSameAs finished: RunFolder) -> CommandError {
    CommandError(
      "\(path) is that run: it trained the weights of \(finished.path) for "
        + "\(configuration.recipe.epochs.counted("more epoch", "more epochs")) already, and "
        + "another one would be identical; delete its folder to train it again, or give another "
        + "--epochs"
    )
  }

  /// The error that this run trains the weights of a finished one already, with the command that
  /// resumes it.
  func refusal(ofAnotherOf finished: RunFolder) -> CommandError {
    CommandError(
      state == .running
        ? "\(path) trains the weights of \(finished.path) for more epochs now, \(progress) are "
          + "done; wait for it to end"
        : "\(path) trains the weights of \(finished.path) for more epochs and is interrupted after "
          + "\(progress); delete its folder to start again, or resume it: "
          + ResumableCommand.train.resuming(path))
  }
}

import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

/// The runs that train the last weights of a finished run for more epochs, in numbered folders next
/// to it.
extension RunFolder {
  /// The folder with a slash at its end, and the name without a number that these runs begin with:
  /// "runs/train/" and "photos" for "runs/train/photos" and "runs/train/photos-2".
  private var series: (parent: String, name: String) {
    var path = path
    while path.hasSuffix("/") { path.removeLast() }
    let parent = Folder.parent(of: path)
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
    return try RunFolder(
      creatingIn: parent == "/" ? parent : String(parent.dropLast()), name: name)
  }

  /// The newest run that `effnet train --resume` began with the last weights of this one, and that
  /// is interrupted or running; nil without one. Damaged runs are ignored.
  var unfinishedContinuation: RunOverview? {
    let (parent, _) = series
    let names = (try? Folder.names(parent)) ?? []
    return names.compactMap { other -> RunOverview? in
      guard let folder = try? RunFolder(existing: parent + other),
        (try? folder.readSettings())?.continues == name, let run = try? RunOverview(folder)
      else { return nil }
      switch run.state {
      case .running: return run
      case .interrupted: return run.isResumable ? run : nil
      case .ended: return nil
      }
    }.max { ($0.modified, $0.path) < ($1.modified, $1.path) }
  }
}

extension RunOverview {
  /// The error that this run trains the weights of a finished one already, with the command that
  /// resumes it.
  func refusal(ofAnotherOf finished: RunFolder) -> CommandError {
    let epochs = "\(epochs) of \(configuration.recipe.epochs.counted("epoch", "epochs"))"
    return CommandError(
      state == .running
        ? "\(path) trains the weights of \(finished.path) for more epochs now, \(epochs) are done; "
          + "wait for it to end"
        : "\(path) trains the weights of \(finished.path) for more epochs and is interrupted after "
          + "\(epochs); delete its folder to start again, or resume it: "
          + ResumableCommand.train.resuming(path))
  }
}

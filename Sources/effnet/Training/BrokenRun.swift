import EfficientNet
import EfficientNetSystem
import EfficientNetTraining

/// A run that the system stopped, by a full disk for instance, and how to go on with it.
struct BrokenRun: Error, CustomStringConvertible {
  private let reason: String
  private let folder: RunFolder

  /// Nil for errors that would come again, and for a run that did not begin.
  init?(_ error: any Error, in folder: RunFolder) {
    switch error {
    case let error as FileError: reason = "\(error)"
    case WeightsError.file(let error): reason = "\(error)"
    default: return nil
    }
    guard Folder.exists(folder.path) else { return nil }
    self.folder = folder
  }

  /// For instance "runs/a/last.safetensors: No space left on device; once that is put right, go on with: effnet train …".
  var description: String {
    "\(reason); once that is put right, go on with: \(folder.resumingCommand)"
  }
}

extension RunFolder {
  /// The command that goes on with the run.
  var resumingCommand: String { ShellWords.joined(["effnet", "train", "--resume", path]) }
}

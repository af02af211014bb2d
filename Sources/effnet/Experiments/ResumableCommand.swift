import EfficientNetSearch
import EfficientNetSystem
import EfficientNetTraining

/// The commands that continue their work with --resume. The raw value has the words after `effnet`.
enum ResumableCommand: String {
  case train, search
  case scaleSearch = "scale search"
  case scaleDimensions = "scale dimensions"

  init(_ study: Study) {
    switch study {
    case .grid: self = .scaleSearch
    case .dimensions: self = .scaleDimensions
    case .architectures: self = .search
    }
  }

  /// The command whose work a folder contains; nil if it is not the folder of a run or an
  /// experiment.
  ///
  /// - Throws: `FileError` if the settings of an experiment are damaged.
  private init?(at path: String) throws {
    if FileStatus("\(path)/\(ExperimentSettings.fileName)") != nil {
      self.init(try ExperimentFolder(existing: path).readSettings().study)
    } else if FileStatus("\(path)/\(RunConfiguration.fileName)") != nil {
      self = .train
    } else {
      return nil
    }
  }

  /// Returns the command line that continues the work in a folder, such as "effnet scale search
  /// --resume runs/scale-search/photos".
  func resuming(_ path: String) -> String {
    shellLine(["effnet"] + rawValue.split(separator: " ").map(String.init) + ["--resume", path])
  }

  /// Checks that a folder does not contain the work of another command.
  ///
  /// - Throws: `FileError` with the command that continues the work.
  func check(_ path: String) throws {
    guard let other = try Self(at: path), other != self else { return }
    let work = other == .train ? "a run" : "an experiment"
    throw FileError(
      path: path,
      reason: "it is \(work) of 'effnet \(other.rawValue)'; to continue it: "
        + other.resuming(path))
  }
}

extension WorkFolder {
  /// Creates a folder for new work. If it contains older work, the error has the command that
  /// continues it.
  static func new(_ path: String, for command: ResumableCommand) throws -> Self {
    do { return try Self(creating: path) } catch {
      guard error.reason.hasSuffix("resume the \(Settings.noun)") else { throw error }
      // The folder of another command has its own error.
      try command.check(path)
      throw FileError(path: path, reason: "\(error.reason): \(command.resuming(path))")
    }
  }
}

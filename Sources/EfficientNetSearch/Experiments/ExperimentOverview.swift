internal import EfficientNetSystem
package import EfficientNetTraining

/// The state of an experiment as its folder shows it.
package struct ExperimentOverview: Sendable {
  package enum State: Hashable, Sendable {
    case running, interrupted, finished
  }

  package let path: String
  package let settings: ExperimentSettings
  package let state: State
  /// The number of completed trainings.
  package let trainings: Int
  /// The highest accuracy of a network, from 0 to 1: the mean over its longest trainings. Networks
  /// that were trained for fewer epochs do not count. Nil without one.
  package let highestTop1: Double?
  /// The time of the last change, in nanoseconds since 1970.
  package let modified: Int64

  /// Reads the folder of an experiment.
  ///
  /// - Throws: `FileError` if a file is damaged.
  package init(_ folder: ExperimentFolder) throws {
    path = folder.path
    let isInUse = folder.isInUse
    settings = try folder.readSettings()
    let results = try folder.readResults()
    // The report is written last.
    state = isInUse ? .running : FileStatus(folder.report) == nil ? .interrupted : .finished
    trainings = results.count
    let most = results.map(\.epochs).max()
    highestTop1 = Dictionary(grouping: results.filter { $0.epochs == most }, by: \.candidate).values
      .compactMap { $0.compactMap(\.top1).mean }.max()
    modified = folder.modified([folder.settings, folder.results, folder.report])
  }
}

extension ExperimentFolder {
  /// Whether a folder with these files is the folder of an experiment.
  package static func isExperiment(names: [String]) -> Bool {
    names.contains(ExperimentSettings.fileName)
  }
}

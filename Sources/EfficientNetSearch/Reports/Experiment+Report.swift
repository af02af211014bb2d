internal import EfficientNet
internal import EfficientNetSystem
internal import EfficientNetTraining

extension Experiment {
  /// The search that this is; nil if it is another experiment.
  package var search: ArchitectureSearch? {
    settings.study.search.map {
      ArchitectureSearch($0, settings, results: results, classes: data.training.classes.count)
    }
  }

  /// Writes all reports: the page, tables, pictures, the baseline and the best network.
  ///
  /// - Parameters:
  ///   - others: See ``ExperimentReport``.
  ///   - folder: The experiment's.
  /// - Throws: `FileError`.
  package func writeReports(
    _ ranking: Ranking, title: String, others: [(name: String, search: ArchitectureSearch)],
    to folder: ExperimentFolder
  ) throws -> ExperimentReport {
    let search = search
    let report = ExperimentReport(
      title: title, settings, ranking: ranking, results: results, search: search, others: others)
    if let search { try folder.write(search.csv, to: folder.file("search.csv")) }
    try folder.write(report.csv, to: folder.file("table.csv"))
    for picture in report.pictures {
      try folder.write(picture.svg, to: folder.file(picture.name))
    }
    try folder.write(settings.study.baseline.json + "\n", to: folder.file("baseline.json"))
    if let best = report.winner {
      try folder.write(best.candidate.architecture.json + "\n", to: folder.file("best.json"))
    }
    // The last one: where there is a page, everything is there.
    try folder.write(report.html(), to: folder.file("report.html"))
    return report
  }
}

extension ExperimentSettings {
  /// Searches to compare with, which have to be searches for the same.
  ///
  /// - Parameter classes: Of the photos.
  /// - Throws: `FileError`.
  package func compared(
    with paths: [String], classes: Int
  ) throws -> [(name: String, search: ArchitectureSearch)] {
    try paths.map { path in
      let folder = try ExperimentFolder(existing: path)
      let other = try folder.readSettings()
      guard let study = other.study.search, let own = self.study.search else {
        throw FileError(path: path, reason: "it is no search: \(other.command)")
      }
      guard study.objective == own.objective, other.dataFingerprint == dataFingerprint,
        other.recipe == recipe, other.precision == precision, other.seeds == seeds
      else {
        throw FileError(
          path: path,
          reason:
            "its objective, photos, recipe, precision or seeds are others: rewards do not compare"
        )
      }
      return (
        study.controller.rawValue,
        ArchitectureSearch(study, other, results: try folder.readResults(), classes: classes)
      )
    }
  }
}

/// The last line of an experiment with --json.
package struct ExperimentSummary: Encodable {
  private struct Network: Encodable {
    let name: String
    let series: String?
    let factors: CompoundCoefficients?
    let parameters, macs, resolution: Int
    let top1, standardError: Double?
    let tied: Bool
    let diverged: Int
  }

  private let output, report: String
  private let best: String?
  private let tied: [String]
  private let deviation: Double?
  private let findings: [String]
  private let networks: [Network]

  package init(_ ranking: Ranking, _ report: ExperimentReport, _ folder: ExperimentFolder) {
    (output, self.report) = (folder.path, folder.file("report.html"))
    best = report.winner?.candidate.name
    tied = ranking.tied.map(\.candidate.name)
    (deviation, findings) = (ranking.deviation, report.findings)
    networks = ranking.standings.map {
      Network(
        name: $0.candidate.name, series: $0.candidate.series, factors: $0.candidate.factors,
        parameters: $0.cost.parameters, macs: $0.cost.macs,
        resolution: $0.candidate.architecture.resolution, top1: $0.mean,
        standardError: $0.standardError, tied: $0.isTied, diverged: $0.diverged)
    }
  }
}

/// What `effnet search --json` prints of a proposal.
package struct SampleRecord: Encodable {
  private let number: Int
  private let network: String
  /// Whether it was proposed before.
  private let repeated: Bool
  /// Whether it was trained before this process began.
  private let known: Bool
  private let reward, cost: Double
  private let top1: Double?
  private let macs, parameters: Int
  private let architecture: Architecture

  package init(_ sample: ArchitectureSearch.Sample, isNew: Bool) {
    known = !isNew
    (number, network) = (sample.number, sample.candidate.name)
    (repeated, reward, cost) = (sample.isRepeated, sample.reward, sample.cost)
    (top1, macs) = (sample.top1, sample.network.macs)
    (parameters, architecture) = (sample.network.parameters, sample.candidate.architecture)
  }
}

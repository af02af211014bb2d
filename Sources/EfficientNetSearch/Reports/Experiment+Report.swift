internal import EfficientNet
internal import EfficientNetSystem
internal import EfficientNetTraining

extension Experiment {
  /// The architecture search of this experiment; nil for other studies.
  package var search: ArchitectureSearch? {
    settings.study.search.map {
      ArchitectureSearch($0, settings, results: results, classes: data.training.classes.count)
    }
  }

  /// Writes the report, tables, pictures, the baseline, the network with the highest accuracy or
  /// reward, and the reference of a search's finalists. See ``ExperimentReport`` for the parameters.
  ///
  /// - Throws: `FileError`.
  package func writeReports(
    _ ranking: Ranking, title: String, others: [ArchitectureSearch.Named],
    notes: [String] = [], to folder: ExperimentFolder
  ) throws -> ExperimentReport {
    let search = search
    let report = ExperimentReport(
      title: title, settings, ranking: ranking, results: results, search: search, others: others,
      notes: notes)
    if let search { try folder.write(search.csv, to: folder.file("search.csv")) }
    try folder.write(report.csv, to: folder.file("table.csv"))
    for picture in report.pictures {
      try folder.write(picture.svg, to: folder.file(picture.name))
    }
    try folder.write(settings.study.baseline.json + "\n", to: folder.file("baseline.json"))
    if let best = report.winner {
      try folder.write(best.candidate.architecture.json + "\n", to: folder.file("best.json"))
    }
    if let reference = search?.reference(in: ranking) {
      try folder.write(
        reference.candidate.architecture.json + "\n", to: folder.file("reference.json"))
    }
    // The page is written last: if it exists, everything else does.
    try folder.write(report.html(), to: folder.file("report.html"))
    return report
  }
}

extension ExperimentSettings {
  /// The searches to compare with, by the names of their folders; equal names get a number. They
  /// must have the same objective, photos and recipe.
  ///
  /// - Parameters:
  ///   - paths: The folders of the searches.
  ///   - classes: The number of classes of the photos.
  ///   - own: The folder of these settings; nil if it does not exist yet.
  ///   - comparesTargets: Whether the targets of the objectives must be equal; false if that of these
  ///     settings is not known yet.
  /// - Throws: `FileError` if a search is unsuitable, named twice, or the one of these settings.
  @discardableResult
  package func compared(
    with paths: [String], classes: Int, in own: String? = nil, comparesTargets: Bool = true
  ) throws -> [ArchitectureSearch.Named] {
    let own = own.map { Folder.resolved($0) ?? $0 }
    var known: Set<String> = []
    let searches = try paths.map { path in
      let folder = try ExperimentFolder(existing: path)
      let place = Folder.resolved(path) ?? path
      if place == own {
        throw FileError(
          path: path, reason: "--against names the search itself; name another search")
      }
      if !known.insert(place).inserted {
        throw FileError(path: path, reason: "--against names this search twice; name it once")
      }
      let other = try folder.readSettings()
      guard let study = other.study.search, let own = self.study.search else {
        throw FileError(path: path, reason: "it is not a search: \(other.command)")
      }
      var objective = own.objective
      if !comparesTargets { objective.target = study.objective.target }
      guard study.objective == objective, other.dataFingerprint == dataFingerprint,
        other.recipe == recipe, other.crop == crop, other.precision == precision,
        other.seeds == seeds
      else {
        throw FileError(
          path: path,
          reason:
            "its objective, photos, recipe, crop, precision or seeds differ: rewards cannot be compared"
        )
      }
      let results = try folder.readResults()
      return (
        name: folder.name,
        search: ArchitectureSearch(study, other, results: results, classes: classes)
      )
    }
    return searches.indices.map { index in
      let (name, search) = searches[index]
      let isShared = searches.count { $0.name == name } > 1
      return (isShared ? "\(name) (\(index + 1))" : name, search)
    }
  }
}

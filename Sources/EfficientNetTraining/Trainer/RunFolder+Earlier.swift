internal import EfficientNetCompute
internal import EfficientNetSystem

extension RunFolder {
  /// Returns the run that this run continues, with its settings; nil if it continues none, or if
  /// that run is damaged or deleted, also if a later run has its name.
  package func continued(
    by configuration: RunConfiguration
  ) -> (folder: RunFolder, configuration: RunConfiguration)? {
    // A damaged file may name a place outside the folder.
    guard let name = configuration.continues, !name.contains("/"),
      let run = try? RunFolder(existing: Folder.parent(of: path.withoutSlashes) + name),
      let settings = try? run.readSettings(),
      [nil, settings.begun].contains(configuration.continuesBegun)
    else { return nil }
    return (run, settings)
  }

  /// The runs that this run continues, with their settings, the last one first. A run that is
  /// deleted or damaged, and those before it, are left out.
  package func earlierRuns(
    of configuration: RunConfiguration
  ) -> [(folder: RunFolder, configuration: RunConfiguration)] {
    var runs: [(folder: RunFolder, configuration: RunConfiguration)] = []
    var (next, seen) = (continued(by: configuration), Set([name]))
    // A damaged file may name a run twice.
    while let run = next, seen.insert(run.folder.name).inserted {
      runs.append(run)
      next = run.folder.continued(by: run.configuration)
    }
    return runs
  }

  /// The records of the runs that this run continues, the oldest run first. A run whose log is
  /// damaged, and those before it, are left out.
  package func earlierRecords(of configuration: RunConfiguration) -> [EpochRecord] {
    var records: [EpochRecord] = []
    for (run, _) in earlierRuns(of: configuration) {
      guard let log = try? run.readLog() else { break }
      records = log + records
    }
    return records
  }

  /// The best of the runs that this run continues, of those that validated on the same photos, with
  /// its best epoch; nil without one.
  package func bestEarlierRun(
    of configuration: RunConfiguration
  ) -> (folder: RunFolder, best: RunOutcome.Best)? {
    earlierRuns(of: configuration)
      .filter { $0.configuration.dataFingerprint == configuration.dataFingerprint }
      .compactMap { run, _ in (try? RunOverview(run))?.best.map { (folder: run, best: $0) } }
      .min { $0.best.isBetter(than: $1.best) }
  }

  /// Returns the trend of a run that has trained all of its epochs; nil as in ``LossTrend``.
  package func trend(of configuration: RunConfiguration) -> LossTrend? {
    (try? readLog()).flatMap {
      LossTrend(
        $0, after: earlierRecords(of: configuration),
        isContinuation: configuration.continues != nil)
    }
  }
}

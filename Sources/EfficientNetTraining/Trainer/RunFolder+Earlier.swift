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

  /// The records of the runs that this run continues, the oldest run first. Runs that are deleted
  /// or damaged, and those before them, are left out.
  package func earlierRecords(of configuration: RunConfiguration) -> [EpochRecord] {
    var records: [EpochRecord] = []
    var (next, seen) = (continued(by: configuration), Set([name]))
    // A damaged file may name a run twice.
    while let (run, settings) = next, seen.insert(run.name).inserted, let log = try? run.readLog() {
      records = log + records
      next = run.continued(by: settings)
    }
    return records
  }

  /// Returns the trend of a run that has trained all of its epochs; nil as in ``LossTrend``.
  package func trend(of configuration: RunConfiguration) -> LossTrend? {
    (try? readLog()).flatMap { LossTrend($0, after: earlierRecords(of: configuration)) }
  }
}

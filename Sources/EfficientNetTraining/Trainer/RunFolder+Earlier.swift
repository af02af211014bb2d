internal import EfficientNetCompute
internal import EfficientNetSystem

extension RunFolder {
  /// The records of the runs that this run continues, the oldest run first. Runs whose folders are
  /// gone or damaged, and those before them, are left out.
  ///
  /// - Parameter configuration: The settings of this run.
  package func earlierRecords(of configuration: RunConfiguration) -> [EpochRecord] {
    var path = path
    while path.hasSuffix("/") { path.removeLast() }
    let place = Folder.parent(of: path)
    var records: [EpochRecord] = []
    var (next, seen) = (configuration.continues, Set([name]))
    // A damaged file may name a run twice, or a place outside the folder.
    while let name = next, !name.contains("/"), seen.insert(name).inserted,
      let run = try? RunFolder(existing: place + name), let settings = try? run.readSettings(),
      let log = try? run.readLog()
    {
      records = log + records
      next = settings.continues
    }
    return records
  }
}

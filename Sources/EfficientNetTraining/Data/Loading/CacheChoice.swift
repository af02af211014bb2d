/// Where a run keeps photos between epochs. No choice changes a bit of what is trained.
public enum CacheChoice: String, Hashable, Codable, CaseIterable, Sendable {
  /// In memory, until the run ends.
  case memory
  /// In files, for the next run too.
  case disk
  /// Nowhere: every photo is decoded in every epoch.
  case none
}

internal import EfficientNetCompute

/// The place where a run keeps decoded photos between epochs. It does not change the result of
/// training.
public enum CacheChoice: String, Hashable, Codable, CaseIterable, Sendable {
  /// In memory, until the run ends.
  case memory
  /// In files, for later runs too.
  case disk
  /// Nowhere: every epoch decodes all photos.
  case none
}

extension PhotoCache {
  /// Creates the cache of a choice; nil for `none`.
  ///
  /// - Parameters:
  ///   - choice: The place.
  ///   - folder: The folder for photos on disk.
  ///   - limit: The most bytes to keep; nil for a quarter of the memory, or half of the free disk.
  ///   - taken: The memory that training takes in bytes. Training and cache together leave a
  ///     quarter of the available memory free.
  ///   - available: The memory that was available before training took any.
  /// - Throws: `FileError`.
  package convenience init?(
    _ choice: CacheChoice, folder: () throws -> String, limit: Int?, besides taken: Int,
    available: Int = MachineMemory.available
  ) throws {
    switch choice {
    case .none: return nil
    case .memory:
      let memory = MachineMemory.bytes
      let free = min(memory, available)
      let room = max(0, min(memory / 4, free / 4 * 3 - taken))
      try self.init(limit: limit ?? room, place: .memory)
    case .disk:
      let folder = try folder()
      try Folder.make(folder)
      // Photos of earlier runs in the folder count as free space.
      func kept() throws -> Int {
        try PhotoCache(limit: 0, place: .folder(folder)).statistics.bytes
      }
      let room = try limit ?? kept() + (Folder.freeBytes(folder) ?? 0) / 2
      try self.init(limit: room, place: .folder(folder))
    }
  }
}

internal import EfficientNetCompute

/// Where a run keeps photos between epochs. No choice changes a bit of what is trained.
public enum CacheChoice: String, Hashable, Codable, CaseIterable, Sendable {
  /// In memory, until the run ends.
  case memory
  /// In files, for the next run too.
  case disk
  /// Nowhere: every photo is decoded in every epoch.
  case none
}

extension PhotoCache {
  /// The cache of a choice; nil for none.
  ///
  /// - Parameters:
  ///   - folder: Where photos are kept on disk.
  ///   - limit: The most bytes that are kept; nil for a quarter of the memory, or half of what is free on the disk.
  ///   - taken: Bytes of memory that training takes: of training and cache together a quarter of the memory stays free.
  /// - Throws: `FileError`.
  package convenience init?(
    _ choice: CacheChoice, folder: () throws -> String, limit: Int?, besides taken: Int
  ) throws {
    switch choice {
    case .none: return nil
    case .memory:
      let memory = MachineMemory.bytes
      let room = max(0, min(memory / 4, memory * 3 / 4 - taken))
      try self.init(limit: limit ?? room, place: .memory)
    case .disk:
      let folder = try folder()
      try Folder.make(folder)
      // What runs before have left counts beside the free half.
      func kept() throws -> Int {
        try PhotoCache(limit: 0, place: .folder(folder)).statistics.bytes
      }
      let room = try limit ?? kept() + (Folder.freeBytes(folder) ?? 0) / 2
      try self.init(limit: room, place: .folder(folder))
    }
  }
}

public import ArgumentParser
import EfficientNetCompute
import EfficientNetFormats
import EfficientNetReports
public import EfficientNetTraining

extension CacheChoice: ExpressibleByArgument {}

/// Where photos are kept between epochs, and how many of them.
struct CacheOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Where photos are kept from one epoch to the next, decoded, and no larger than their crops need: memory, until the \
      run ends (default); disk, in photos/ of the folder for weights, for other runs too; or none. Whichever it is, \
      the result is the same to the bit.
      """, valueName: "memory|disk|none"))
  var cache: CacheChoice?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      The most that is kept (default: a quarter of the memory; on disk, half of what is free). Photos for which there is no room are \
      decoded in every epoch.
      """, valueName: "gigabytes"))
  var cacheLimit: Double?

  func validate() throws {
    guard let cacheLimit else { return }
    guard cacheLimit > 0, cacheLimit <= 1e6 else {
      throw ValidationError("--cache-limit is \(cacheLimit); it may be above 0")
    }
    if cache == CacheChoice.none {
      throw ValidationError("--cache none keeps nothing; leave out --cache-limit")
    }
  }

  /// The folder of `--cache disk`.
  static var folder: String {
    get throws { "\(try ModelCache.standard.folder)/photos" }
  }

  /// The cache; nil for none.
  ///
  /// - Parameters:
  ///   - choice: What the command line says, or else the run.
  ///   - taken: Bytes of memory that training takes.
  func makeCache(_ choice: CacheChoice, besides taken: Int) throws -> PhotoCache? {
    let limit = cacheLimit.map { Int($0 * 1e9) }
    switch choice {
    case .none: return nil
    case .memory:
      let memory = PhysicalMemory.bytes
      // Of training and cache together a quarter of the memory stays free.
      let room = max(0, min(memory / 4, memory * 3 / 4 - taken))
      return try PhotoCache(limit: limit ?? room, place: .memory)
    case .disk:
      let folder = try Self.folder
      try Folder.make(folder)
      let room = try limit ?? Self.kept + (Folder.freeBytes(folder) ?? 0) / 2
      return try PhotoCache(limit: room, place: .folder(folder))
    }
  }

  /// Bytes in the folder from runs before.
  private static var kept: Int {
    get throws { try PhotoCache(limit: 0, place: .folder(folder)).statistics.bytes }
  }
}

extension PhotoCache {
  /// What the user should know of a cache that did not keep everything: a line each.
  var notes: [String] {
    let statistics = statistics
    var notes: [String] = []
    if statistics.isFull {
      notes.append(
        "not all photos fit into the cache of \((Double(limit) / 1e9).formatted(digits: 1)) GB; "
          + "the others were decoded every time (--cache, --cache-limit)")
    }
    if let problem = statistics.problem { notes.append("photos were not cached: \(problem)") }
    return notes
  }
}

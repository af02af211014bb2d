public import ArgumentParser
import EfficientNetHub
import EfficientNetReports
import EfficientNetSystem
public import EfficientNetTraining

extension CacheChoice: ExpressibleByArgument {}

struct CacheOptions: ParsableArguments {
  @Option(
    help: """
      Where to keep decoded photos between epochs: memory, until the run ends; disk, in photos/ of \
      the folder of downloaded weights, also for later runs; or none. Results are bit-identical \
      (default: memory).
      """, value: "memory|disk|none")
  var cache: CacheChoice?
  @Option(
    number: """
      Size of the cache; photos that do not fit are decoded in every epoch (default: a quarter of \
      the memory, less if other programs use it, or half of the free disk space).
      """, value: "gigabytes")
  var cacheLimit: Double?

  func validate() throws {
    guard let cacheLimit else { return }
    guard cacheLimit > 0, cacheLimit <= 1e6 else {
      throw ValidationError(
        "--cache-limit is \(cacheLimit); it must be above 0 and at most 1000000")
    }
    if cache == CacheChoice.none {
      throw ValidationError("--cache none keeps nothing; leave out --cache-limit")
    }
  }

  /// Returns the cache; nil for none.
  ///
  /// - Parameters:
  ///   - standard: The kind of cache if no option sets it; nil for memory.
  ///   - taken: The memory that training takes, in bytes.
  ///   - available: The memory that was available before training took any.
  func makeCache(
    _ standard: CacheChoice? = nil, besides taken: Int, available: Int = MachineMemory.available
  ) throws -> PhotoCache? {
    try PhotoCache(
      cache ?? standard ?? .memory, folder: { "\(try ModelCache.standard.folder)/photos" },
      limit: cacheLimit.map { Int($0 * 1e9) }, besides: taken,
      available: available)
  }
}

extension PhotoCache {
  /// Notes for the user if the cache did not keep everything.
  var notes: [String] {
    let statistics = statistics
    var notes: [String] = []
    if statistics.isFull {
      notes.append(
        "not all photos fit into the cache of \((Double(limit) / 1e9).formatted(digits: 1)) GB; "
          + "the others were decoded in every epoch (see --cache and --cache-limit)")
    }
    if let problem = statistics.problem { notes.append("photos were not cached: \(problem)") }
    return notes
  }
}

public import ArgumentParser
import EfficientNetHub
import EfficientNetReports
public import EfficientNetTraining

extension CacheChoice: ExpressibleByArgument {}

/// Where photos are kept between epochs, and how many of them.
struct CacheOptions: ParsableArguments {
  @Option(
    help: """
      Where photos are kept from one epoch to the next, decoded, and no larger than their crops need: memory, until the \
      run ends (default); disk, in photos/ of the folder for weights, for other runs too; or none. Whichever it is, \
      the result is the same to the bit.
      """, value: "memory|disk|none")
  var cache: CacheChoice?
  @Option(
    number: """
      The most that is kept (default: a quarter of the memory; on disk, half of what is free). Photos for which there is no room are \
      decoded in every epoch.
      """, value: "gigabytes")
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

  /// The cache, the standard one unless the command line says otherwise, beside the bytes that training takes; nil for none.
  func makeCache(_ standard: CacheChoice? = nil, besides taken: Int) throws -> PhotoCache? {
    try PhotoCache(
      cache ?? standard ?? .memory, folder: { "\(try ModelCache.standard.folder)/photos" },
      limit: cacheLimit.map { Int($0 * 1e9) }, besides: taken)
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

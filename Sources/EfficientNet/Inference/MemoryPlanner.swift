package import EfficientNetCompute

/// A place in memory that is needed for some time.
package protocol Lifetime {
  /// Words.
  var count: Int { get }
  /// The first step that touches it.
  var firstStep: Int { get }
  /// The last one.
  var lastStep: Int { get }
}

/// Places buffers in one arena so that no two that are alive at the same step overlap.
///
/// The largest first, each into the first gap that is wide enough for its lifetime.
package enum MemoryPlanner {
  /// The place of each buffer, and the floats of the whole arena.
  package static func place(_ buffers: [some Lifetime]) -> (regions: [Region], count: Int) {
    var regions = buffers.map { Region(offset: 0, count: $0.count) }
    var placed: [Int] = []
    var total = 0
    let order = buffers.indices.sorted { (buffers[$1].count, $0) < (buffers[$0].count, $1) }
    for index in order {
      let buffer = buffers[index]
      let neighbours =
        placed
        .filter {
          buffers[$0].firstStep <= buffer.lastStep && buffer.firstStep <= buffers[$0].lastStep
        }
        .map { regions[$0] }
        .sorted { $0.offset < $1.offset }
      var offset = 0
      for neighbour in neighbours {
        if neighbour.offset >= offset + regions[index].count { break }
        offset = max(offset, Arena.aligned(neighbour.offset + neighbour.count))
      }
      regions[index].offset = offset
      total = max(total, Arena.aligned(offset + regions[index].count))
      placed.append(index)
    }
    return (regions, total)
  }
}

package import EfficientNetCompute

/// A buffer that is needed during some steps.
package protocol Lifetime {
  /// The size in words of 32 bits.
  var count: Int { get }
  var firstStep: Int { get }
  var lastStep: Int { get }
}

/// Assigns offsets in one arena to buffers, so that buffers that are alive in the same step do not
/// overlap.
///
/// The largest buffers come first; each gets the first gap that is wide enough during its lifetime.
package enum MemoryPlanner {
  /// Returns the region of each buffer, and the size of the whole arena in floats.
  package static func place(_ buffers: [some Lifetime]) -> (regions: [Region], count: Int) {
    var regions = buffers.map { Region(offset: 0, count: $0.count) }
    var placed: [Int] = []
    var total = 0
    let order = buffers.indices.sorted { (buffers[$1].count, $0) < (buffers[$0].count, $1) }
    for index in order {
      let buffer = buffers[index]
      let neighbors =
        placed
        .filter {
          buffers[$0].firstStep <= buffer.lastStep && buffer.firstStep <= buffers[$0].lastStep
        }
        .map { regions[$0] }
        .sorted { $0.offset < $1.offset }
      var offset = 0
      for neighbor in neighbors {
        if neighbor.offset >= offset + regions[index].count { break }
        offset = max(offset, Arena.aligned(neighbor.offset + neighbor.count))
      }
      regions[index].offset = offset
      total = max(total, Arena.aligned(offset + regions[index].count))
      placed.append(index)
    }
    return (regions, total)
  }
}

internal import CEfficientNetKernels

/// The weights that later steps read, in order. Kernels prefetch them into the cache while they
/// compute.
///
/// At most six regions are prefetched. The results do not depend on it: other regions are read
/// later, which only takes longer.
package struct Prefetch: Sendable {
  package private(set) var places: [Region] = []

  package init(_ places: [Region] = []) { self.places = places }

  /// Returns part `part` of `parts` equal parts of every region.
  package func part(_ part: Int, of parts: Int) -> Prefetch {
    Prefetch(
      places.map { place in
        let (begin, end) = (place.count * part / parts, place.count * (part + 1) / parts)
        return Region(offset: place.offset + begin, count: end - begin)
      })
  }

  /// Returns the list for the kernels: words of `weights` first, then floats of `filters`, then the
  /// regions.
  func kernelList(
    weights: UnsafePointer<Float>? = nil, words: Range<Int> = 0..<0, filters: Region? = nil,
    constants: Arena
  ) -> effnet_prefetch {
    var list = effnet_prefetch()
    unsafe withUnsafeMutableBytes(of: &list.places) { bytes in
      let entries = unsafe bytes.bindMemory(to: effnet_place.self)
      var count = 0
      func add(_ data: UnsafePointer<Float>, _ words: Int) {
        guard words > 0, count < entries.count else { return }
        unsafe entries[count] = effnet_place(data: data, bytes: 4 * words)
        count += 1
      }
      if let weights = unsafe weights { unsafe add(weights + words.lowerBound, words.count) }
      for place in [filters].compactMap(\.self) + places {
        unsafe add(constants.pointer(place), place.count)
      }
    }
    return list
  }
}

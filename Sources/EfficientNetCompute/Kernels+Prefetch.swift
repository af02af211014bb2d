internal import CEfficientNetKernels

/// Weights that will be needed soon, in order: kernels bring them into the cache while they compute.
///
/// Places that are left out cost time only; places beyond the first six are.
package struct Prefetch: Sendable {
  package private(set) var places: [Region] = []

  package init(_ places: [Region] = []) { self.places = places }

  /// The `part`th of `parts` equal parts of every place.
  package func part(_ part: Int, of parts: Int) -> Prefetch {
    Prefetch(
      places.map { place in
        let (begin, end) = (place.count * part / parts, place.count * (part + 1) / parts)
        return Region(offset: place.offset + begin, count: end - begin)
      })
  }

  /// The list as the kernels take it. Words of `weights` come first, then floats of `filters`, then the other places.
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

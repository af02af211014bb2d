/// An axis whose elements are `stride` elements apart.
struct StridedAxis {
  let extent: Int
  let stride: Int
}

extension [StridedAxis] {
  /// Calls `body` with the offset of each element, in row-major order.
  ///
  /// - Precondition: There is at least one axis, and no extent is 0.
  func forEachPlace(from offset: Int, _ body: (Int) -> Void) {
    let (outer, inner) = (dropLast(), self[count - 1])
    var index = Array<Int>(repeating: 0, count: outer.count)
    var start = offset
    while true {
      for step in 0..<inner.extent { body(start + step * inner.stride) }
      // Advance the index of the outer axes, the last axis first.
      var axis = outer.count - 1
      while axis >= 0 {
        index[axis] += 1
        start += outer[axis].stride
        if index[axis] < outer[axis].extent { break }
        start -= outer[axis].extent * outer[axis].stride
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}

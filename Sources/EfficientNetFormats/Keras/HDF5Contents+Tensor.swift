internal import EfficientNet
internal import EfficientNetCompute

extension HDF5Contents {
  /// A data set of floating-point numbers, as 32-bit floats in row-major order.
  ///
  /// - Throws: ``FormatError``: no such data set, of another type, damaged, or too large for the budget or the memory.
  func tensor(
    _ path: String, of file: HDF5Bytes, budget: inout AllocationBudget
  ) throws(FormatError) -> WeightTensor {
    let quoted = WeightsError.quoted(path)
    guard let dataset = datasets[path] else { throw .damaged("it has no data set \(quoted)") }
    guard case .float(let type) = dataset.type else {
      throw .unsupported(
        "has a tensor \(quoted) that is not of 16-, 32- or 64-bit floating-point numbers")
    }
    guard dataset.count > 0 else { return WeightTensor(shape: dataset.shape, elements: []) }
    try budget.spend(4 * dataset.count)
    let elements: [Float]
    switch dataset.storage {
    case .whole(let range):
      elements = file.withBytes { bytes in
        type.floats(from: bytes, at: range.lowerBound, count: dataset.count)
      }
    case .chunked(let chunks):
      elements = try file.withBytes { (bytes) throws(FormatError) in
        var grid = HDF5Grid(type: type, shape: dataset.shape, extents: chunks.extents)
        for block in chunks.blocks {
          // Chunks may be much larger than the tensor, each of them costs time, and unshuffling holds two of them.
          try budget.spend(block.range.count + 2 * chunks.byteCount)
          guard let chunk = chunks.unpacked(block, of: bytes, elementByteCount: type.byteCount)
          else {
            throw .damaged(
              "the chunk of \(quoted) at byte \(block.range.lowerBound) does not unpack")
          }
          grid.place(chunk.span.bytes)
        }
        return grid.elements
      }
    }
    return WeightTensor(shape: dataset.shape, elements: elements)
  }
}

/// A tensor that is put together of chunks, which come in row-major order.
private struct HDF5Grid {
  private(set) var elements: [Float]
  private let type: NumPyType
  private let shape: [Int]
  private let extents: [Int]
  /// The index of the next chunk's first element.
  private var origin: [Int]

  init(type: NumPyType, shape: [Int], extents: [Int]) {
    (self.type, self.shape, self.extents) = (type, shape, extents)
    elements = Array(repeating: 0, count: shape.reduce(1, *))
    origin = Array(repeating: 0, count: shape.count)
  }

  /// Takes the next chunk. What of it sticks out of the tensor is left.
  mutating func place(_ chunk: RawSpan) {
    place(chunk, axis: 0, from: 0, to: 0)
    _ = HDF5Chunks.advance(&origin, by: extents, in: shape)
  }

  /// Places what lies below one index of the outer axes, whose places in row-major order are `from` and `to`.
  private mutating func place(_ chunk: RawSpan, axis: Int, from: Int, to: Int) {
    let (source, target) = (from * extents[axis], to * shape[axis] + origin[axis])
    let count = min(extents[axis], shape[axis] - origin[axis])
    if axis == shape.count - 1 {
      for index in 0..<count {
        elements[target + index] = type.load(
          from: chunk, at: (source + index) * type.byteCount)
      }
    } else {
      for index in 0..<count {
        place(chunk, axis: axis + 1, from: source + index, to: target + index)
      }
    }
  }
}

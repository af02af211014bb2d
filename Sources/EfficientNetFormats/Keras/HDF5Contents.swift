internal import EfficientNet
internal import EfficientNetCompute

/// The contents of an HDF5 file, as far as weights need them: text attributes and data sets by path
/// ("layers/dense/vars/0"). The path of the root is "".
struct HDF5Contents {
  /// The attributes that are texts or lists of texts, by the path of their group and by their name.
  var attributes: [String: [String: [String]]] = [:]
  /// The data sets by path.
  var datasets: [String: HDF5Dataset] = [:]

  /// Returns the only text of an attribute, or nil.
  func text(_ name: String, of group: String) -> String? {
    guard let texts = attributes[group]?[name], texts.count == 1 else { return nil }
    return texts[0]
  }

  /// Returns the texts of an attribute. Keras splits an attribute of more than 64 KB into several:
  /// "layer_names0", "layer_names1", …
  func texts(_ name: String, of group: String) -> [String]? {
    guard let attributes = attributes[group] else { return nil }
    if let texts = attributes[name] { return texts }
    var joined: [String]?
    var part = 0
    while let texts = attributes["\(name)\(part)"] {
      joined = (joined ?? []) + texts
      part += 1
    }
    return joined
  }
}

struct HDF5Dataset {
  var type: HDF5Type
  /// The extents; empty for a scalar.
  var shape: [Int]
  var count: Int
  var storage: Storage

  enum Storage {
    /// In one piece, in the data set's header or elsewhere.
    case whole(Range<Int>)
    /// In chunks.
    case chunked(HDF5Chunks)
  }
}

extension HDF5Contents {
  /// Returns a data set of floating-point numbers as 32-bit floats in row-major order.
  ///
  /// - Throws: ``FormatError`` if the data set is missing, has another type, is damaged, or exceeds
  ///   the budget or the memory.
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
    try budget.keep(4 * dataset.count)
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
          // Chunks may be much larger than the tensor, each costs time, and unshuffling needs two.
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

/// A tensor assembled from chunks in row-major order.
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

  /// Adds the next chunk, without the elements outside the tensor.
  mutating func place(_ chunk: RawSpan) {
    place(chunk, axis: 0, from: 0, to: 0)
    _ = HDF5Chunks.advance(&origin, by: extents, in: shape)
  }

  /// Copies the elements below one index of the outer axes. `from` and `to` are the row-major
  /// positions of that index in the chunk and the tensor.
  private mutating func place(_ chunk: RawSpan, axis: Int, from: Int, to: Int) {
    let (source, target) = (from * extents[axis], to * shape[axis] + origin[axis])
    let count = min(extents[axis], shape[axis] - origin[axis])
    if axis == shape.count - 1 {
      for index in 0..<count {
        elements[target + index] = type.load(from: chunk, at: (source + index) * type.byteCount)
      }
    } else {
      for index in 0..<count {
        place(chunk, axis: axis + 1, from: source + index, to: target + index)
      }
    }
  }
}

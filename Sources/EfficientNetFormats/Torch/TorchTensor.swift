internal import EfficientNet
internal import EfficientNetCompute

/// A sequence of elements that tensors view, as a pickle describes it.
struct TorchStorage: Hashable {
  /// The name in the file.
  var key: String
  var scalar: TorchScalar
  var count: Int

  /// The size in bytes, or nil if no file could contain it.
  var byteCount: Int? {
    let (product, overflow) = count.multipliedReportingOverflow(by: scalar.byteCount)
    return overflow || count < 0 ? nil : product
  }
}

/// A view of a storage: element (i, j, …) is at `offset + i·stride[0] + j·stride[1] + …`.
///
/// The initializer accepts only a view whose elements all lie within its storage.
struct TorchTensor {
  /// The place of the storage in ``PickleHeap/storages``.
  let storage: Int
  private let offset: Int
  let shape: [Int]
  /// The number of elements: at most that of the storage or ``mostRepeated``.
  let count: Int
  /// The extents above 1 and their strides; the stride of an extent of 1 has no meaning.
  private let axes: [StridedAxis]

  /// The largest number of elements of a view that repeats those of its storage, as in
  /// `torch.ones(1).expand(32)`: enough for the channels of a layer.
  private static let mostRepeated = 1 << 16

  /// Creates a view, or returns nil if it is invalid: different numbers of extents and strides, a
  /// negative stride, too many elements, or an element outside the storage.
  init?(storage: Int, of storageCount: Int, offset: Int, shape: [Int], strides: [Int]) {
    guard offset >= 0, shape.count == strides.count, strides.allSatisfy({ $0 >= 0 }),
      let count = WeightTensor.elementCount(of: shape),
      count <= max(storageCount, Self.mostRepeated)
    else { return nil }
    axes = zip(shape, strides).filter { $0.0 > 1 }.map { StridedAxis(extent: $0.0, stride: $0.1) }
    if count > 0 {
      var last = offset
      for axis in axes {
        let (distance, overflow) = (axis.extent - 1).multipliedReportingOverflow(by: axis.stride)
        let (sum, overflow2) = last.addingReportingOverflow(distance)
        guard !overflow, !overflow2 else { return nil }
        last = sum
      }
      guard last < storageCount else { return nil }
    }
    (self.storage, self.offset, self.shape, self.count) = (storage, offset, shape, count)
  }

  /// Returns the elements in row-major order.
  ///
  /// - Parameter bytes: The whole storage of the view.
  func elements(of bytes: RawSpan, as type: ElementType) -> [Float] {
    if count == 0 { return [] }
    if isContiguous {
      return type.floats(from: bytes, at: offset * type.byteCount, count: count)
    }
    return [Float](capacity: count) { output in
      axes.forEachPlace(from: offset) { place in
        output.append(type.load(from: bytes, at: place * type.byteCount))
      }
    }
  }

  /// Whether the elements are contiguous in row-major order.
  private var isContiguous: Bool {
    var expected = 1
    for axis in axes.reversed() {
      if axis.stride != expected { return false }
      expected *= axis.extent
    }
    return true
  }
}

extension WeightTensor {
  /// Whether every element is a finite number.
  package var isFinite: Bool {
    withElements { elements in
      // The exponent's bits are all set in infinities and NaNs only; a maximum vectorises.
      var largest: UInt32 = 0
      for index in elements.indices {
        largest = max(largest, elements[index].bitPattern & 0x7F80_0000)
      }
      return largest < 0x7F80_0000
    }
  }

  /// The number of elements of a tensor with extents that a file claims, or nil if an extent is
  /// negative or if the extents that are not zero multiply to more than an address can reach.
  package static func elementCount(of shape: [Int]) -> Int? {
    var product = 1
    var isEmpty = false
    for extent in shape {
      guard extent >= 0 else { return nil }
      if extent == 0 {
        isEmpty = true
        continue
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      // Sixteen: the largest element has 8 bytes, and a byte offset must remain a signed integer.
      guard !overflow, next <= Int.max / 16 else { return nil }
      product = next
    }
    return isEmpty ? 0 : product
  }
}

extension Weights {
  /// Whether a tensor counts training steps ("bn1.num_batches_tracked", "n_averaged"): an integer
  /// that running a network does not need. The readers of weight files leave such tensors out.
  package static func isStepCounter(_ name: String) -> Bool {
    name == "n_averaged" || name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked")
  }
}

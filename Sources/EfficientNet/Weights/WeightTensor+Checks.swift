extension WeightTensor {
  package var isFinite: Bool {
    withElements { elements in
      // All bits of the exponent are set only in infinities and NaNs. A maximum vectorises well.
      var largest: UInt32 = 0
      for index in elements.indices {
        largest = max(largest, elements[index].bitPattern & 0x7F80_0000)
      }
      return largest < 0x7F80_0000
    }
  }

  /// Returns the number of elements for extents that a file claims. Returns nil if an extent is
  /// negative, or if the product of the non-zero extents exceeds the address space.
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
      // The divisor is 16 since the largest element has 8 bytes and a byte offset must fit in a
      // signed integer.
      guard !overflow, next <= Int.max / 16 else { return nil }
      product = next
    }
    return isEmpty ? 0 : product
  }
}

extension Weights {
  /// Returns whether a tensor counts training steps ("bn1.num_batches_tracked", "n_averaged").
  /// Inference does not need these integers, so the readers of weight files skip them.
  package static func isStepCounter(_ name: String) -> Bool {
    name == "n_averaged" || name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked")
  }
}

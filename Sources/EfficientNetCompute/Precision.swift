internal import CEfficientNetKernels

/// The numbers that feature maps and the weights of matrix products are made of. Sums are 32-bit floats in either.
public enum Precision: String, Hashable, Codable, Sendable, CaseIterable {
  /// 32-bit floats: the same bits on every instruction set.
  case float32 = "fp32"
  /// bfloat16, the upper half of a 32-bit float: less memory and, where the machine has instructions for it, less time.
  case bfloat16 = "bf16"

  /// Elements in four bytes: inputs and weights of a product are read in such words.
  package var elementsPerWord: Int {
    switch self {
    case .float32: 1
    case .bfloat16: 2
    }
  }

  /// Bytes of an element.
  package var elementBytes: Int { 4 / elementsPerWord }

  /// The words that `elements` elements take.
  package func words(_ elements: Int) -> Int { (elements + elementsPerWord - 1) / elementsPerWord }

  /// The number by which the C kernels know it.
  var kernelCode: effnet_precision {
    switch self {
    case .float32: EFFNET_FLOAT32
    case .bfloat16: EFFNET_BFLOAT16
    }
  }
}

internal import CEfficientNetKernels

/// The number format of feature maps and of the weights of matrix products. Sums are always 32-bit
/// floats.
public enum Precision: String, Hashable, Codable, Sendable, CaseIterable {
  /// 32-bit floats: results are bit-identical on every instruction set.
  case float32 = "fp32"
  /// bfloat16, the upper half of a 32-bit float. It needs less memory and, on processors with
  /// instructions for it, less time.
  case bfloat16 = "bf16"

  /// The elements per 32-bit word. Products read inputs and weights in words.
  package var elementsPerWord: Int {
    switch self {
    case .float32: 1
    case .bfloat16: 2
    }
  }

  /// The bytes of an element.
  package var elementBytes: Int { 4 / elementsPerWord }

  /// Returns the number of words for `elements` elements.
  package func words(_ elements: Int) -> Int { (elements + elementsPerWord - 1) / elementsPerWord }

  /// The value in the C kernels.
  var kernelCode: effnet_precision {
    switch self {
    case .float32: EFFNET_FLOAT32
    case .bfloat16: EFFNET_BFLOAT16
    }
  }
}

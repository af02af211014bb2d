internal import CEfficientNetKernels

/// The number format of feature maps and of the weights of matrix products. Sums are always 32-bit
/// floats.
public enum Precision: String, Hashable, Codable, Sendable, CaseIterable {
  /// 32-bit floats: results are bit-identical on every instruction set.
  case float32 = "fp32"
  /// bfloat16, the upper half of a 32-bit float. It needs less memory and, on processors with
  /// instructions for it, less time.
  case bfloat16 = "bf16"

  /// Returns the fastest format of this machine among bfloat16 and 32-bit floats.
  ///
  ///     let engine = try Engine(architecture, weights: weights, precision: try .half())
  ///
  /// The choice is measured once in a process, in less than a millisecond. Some processors have
  /// instructions for bfloat16 that are slower than those for 32-bit floats.
  ///
  /// - Parameter instructionSet: The kernels to use; nil for the set that `EFFNET_ISA` names, or
  ///   else the fastest.
  /// - Throws: ``InstructionSetError`` for a wrong `EFFNET_ISA`.
  public static func half(
    on instructionSet: InstructionSet? = nil
  ) throws(InstructionSetError) -> Precision {
    let set: InstructionSet
    if let instructionSet { set = instructionSet } else { set = try InstructionSet.preferred() }
    return Kernels(set).isBFloat16Faster ? .bfloat16 : .float32
  }

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

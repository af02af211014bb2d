internal import CEfficientNetKernels

/// The number format of feature maps and of the weights of matrix products. Sums are 32-bit floats,
/// except in fp16 with the kernels that compute in fp16.
public enum Precision: String, Hashable, Codable, Sendable, CaseIterable {
  /// 32-bit floats: results are bit-identical on every instruction set.
  case float32 = "fp32"
  /// bfloat16, the upper half of a 32-bit float. It needs less memory and, on processors with
  /// instructions for it, less time.
  case bfloat16 = "bf16"
  /// IEEE half precision, for inference only: more accurate than bfloat16, up to 65504.
  ///
  /// Kernels with fp16 arithmetic (AVX-512 FP16, ``InstructionSet/neonfp16``) sum up to 128
  /// products in fp16 before they add them to a 32-bit float, and multiply twice as fast as in
  /// 32-bit floats. Others widen fp16 to 32-bit floats, which is slower. A weight or bias above
  /// 65504 is an error. An activation above it becomes infinite or NaN, and with it the network's
  /// outputs. Numbers below 6e-5 lose accuracy.
  case float16 = "fp16"
  /// Integers of 8 bits, for inference with a quantized network only. Sums are exact integers, so
  /// results are bit-identical on every instruction set.
  case int8

  /// Returns the fastest format of inference on this machine.
  ///
  ///     let engine = try Engine(architecture, weights: weights, precision: try .half())
  ///
  /// The choice is measured once in a process, in less than a millisecond: a 16-bit format must
  /// have more multiply-adds per second than 32-bit floats. Some processors have instructions for
  /// bfloat16 that are slower. Where the format is fp16, weights or activations above 65504, which
  /// bfloat16 has, become an error.
  ///
  /// - Parameter instructionSet: The kernels to use; nil for the set that `EFFNET_ISA` names, or
  ///   else the fastest.
  /// - Throws: ``InstructionSetError`` for a wrong `EFFNET_ISA`.
  public static func half(
    on instructionSet: InstructionSet? = nil
  ) throws(InstructionSetError) -> Precision {
    let set: InstructionSet
    if let instructionSet { set = instructionSet } else { set = try InstructionSet.preferred() }
    return Kernels(set).fastest(of: floatingPoint)
  }

  /// The formats of any network.
  package static let floatingPoint = [Precision.float32, .bfloat16, .float16]

  /// The elements per 32-bit word. Products read inputs and weights in words.
  package var elementsPerWord: Int { elementsPerWord(codesPerWord: 2) }

  /// Returns the same for kernels with ``Kernels/codesPerWord`` integers of int8 in a word.
  package func elementsPerWord(codesPerWord: Int) -> Int {
    switch self {
    case .float32: 1
    case .bfloat16, .float16: 2
    case .int8: codesPerWord
    }
  }

  /// The bytes of an element.
  package var elementBytes: Int { 4 / elementsPerWord }

  /// Returns the number of words for `elements` elements.
  package func words(_ elements: Int, codesPerWord: Int = 2) -> Int {
    let perWord = elementsPerWord(codesPerWord: codesPerWord)
    return (elements + perWord - 1) / perWord
  }

  /// The value in the C kernels.
  var kernelCode: effnet_precision {
    switch self {
    case .float32: EFFNET_FLOAT32
    case .bfloat16: EFFNET_BFLOAT16
    case .float16: EFFNET_FLOAT16
    case .int8: EFFNET_INT8
    }
  }

  /// The formats of training.
  package static let trainingCases = [Precision.float32, .bfloat16]

  /// The reason why networks cannot be trained in this format; nil if they can.
  package var trainingComplaint: String? {
    gradientComplaint.map {
      "the precision is \(rawValue), which is for inference only: \($0); it must be fp32 or bf16"
    }
  }

  /// Why gradients cannot be computed in this format; nil if they can.
  package var gradientComplaint: String? {
    switch self {
    case .float32, .bfloat16: nil
    case .float16: "gradients need more range"
    case .int8: "integers have no gradients"
    }
  }
}

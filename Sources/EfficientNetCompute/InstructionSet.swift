internal import CEfficientNetKernels
internal import EfficientNetSystem

/// A set of machine instructions for which there is a table of kernels.
///
/// All sets give the same results, bit for bit; they differ in speed.
public enum InstructionSet: String, Hashable, Sendable, CaseIterable {
  /// Plain C, on any machine: what the others are tested against. Slow.
  case scalar
  /// x86-64 with AVX2 and FMA.
  case avx2
  /// x86-64 with AVX-512 F, BW, VL and DQ.
  case avx512
  /// 64-bit ARM.
  case neon

  /// Whether this machine can run it.
  package var isAvailable: Bool { unsafe effnet_kernels_for(kernelCode) != nil }

  /// The sets that this machine can run, slowest first.
  package static var available: [InstructionSet] { allCases.filter(\.isAvailable) }

  /// The fastest set of this machine, or the one that the environment variable `EFFNET_ISA` names.
  ///
  /// - Throws: ``InstructionSetError`` if `EFFNET_ISA` names none that this machine has.
  package static func preferred() throws(InstructionSetError) -> InstructionSet {
    let name = environmentVariable("EFFNET_ISA") ?? ""
    if name.isEmpty { return available.last ?? .scalar }
    guard let set = InstructionSet(rawValue: name), set.isAvailable else {
      throw InstructionSetError(name: name)
    }
    return set
  }

  var kernelCode: effnet_isa {
    switch self {
    case .scalar: EFFNET_SCALAR
    case .avx2: EFFNET_AVX2
    case .avx512: EFFNET_AVX512
    case .neon: EFFNET_NEON
    }
  }
}

/// `EFFNET_ISA` names an instruction set that does not exist or that this machine lacks.
public struct InstructionSetError: Error, Hashable, CustomStringConvertible {
  package let name: String

  /// What is wrong and what may be chosen.
  public var description: String {
    let choices = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
    return "EFFNET_ISA=\(name): this machine has \(choices)"
  }
}

internal import CEfficientNetKernels
public import EfficientNetSystem

/// A set of machine instructions that the kernels are compiled for.
///
/// In 32-bit floats, all sets give bit-identical results; they differ in speed.
public enum InstructionSet: String, Hashable, Sendable, CaseIterable {
  /// Plain C, on any machine. It is slow, and the reference that the other sets are tested against.
  case scalar
  /// x86-64 with AVX2 and FMA.
  case avx2
  /// x86-64 with AVX-512 F, BW, VL and DQ.
  case avx512
  /// 64-bit ARM.
  case neon
  /// 64-bit ARM with fp16 arithmetic (FEAT_FP16). It was tested in an emulator only, so it is not
  /// the default.
  case neonfp16

  /// Whether this machine can run the instruction set.
  package var isAvailable: Bool { unsafe effnet_kernels_for(kernelCode) != nil }

  /// The instruction sets that this machine can run, slowest first.
  package static var available: [InstructionSet] { allCases.filter(\.isAvailable) }

  /// The fastest instruction set of this machine that was tested on a processor.
  package static var fastest: InstructionSet { fastest(of: available) }

  static func fastest(of sets: [InstructionSet]) -> InstructionSet {
    sets.last { $0 != .neonfp16 } ?? .scalar
  }

  /// Returns the instruction set that the environment variable `EFFNET_ISA` names, or else the
  /// fastest of this machine.
  ///
  /// - Throws: ``InstructionSetError`` if `EFFNET_ISA` names a set that this machine does not have.
  package static func preferred() throws(InstructionSetError) -> InstructionSet {
    let name = environmentVariable("EFFNET_ISA") ?? ""
    if name.isEmpty { return fastest }
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
    case .neonfp16: EFFNET_NEONFP16
    }
  }
}

/// An error for a value of `EFFNET_ISA` that is not an instruction set of this machine.
public struct InstructionSetError: LibraryError {
  package let name: String

  /// The error in one line, with the instruction sets of this machine.
  public var description: String {
    let choices = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
    return "EFFNET_ISA is '\(name)'; on this machine it must be one of \(choices)".oneLine
  }

  /// Always "instructionSet".
  public var kind: String { "instructionSet" }
}

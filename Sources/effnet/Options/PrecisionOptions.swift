public import ArgumentParser
public import EfficientNet
import EfficientNetReports

/// The formats of `embed --store`.
extension Precision: ExpressibleByArgument {}

/// The option for the number format.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: """
      Number format of activations and matrix products: fp32; bf16, which takes half the memory and \
      is slightly less accurate; or half, the fastest of the two on this machine (default: fp32).
      """)
  private var precision: PrecisionChoice?

  var isGiven: Bool { precision != nil }

  /// The number format. For `half`, the first use measures the processor.
  var value: Precision { precision?.value ?? .float32 }

  /// Notes about the choice for `half`, and about bf16 where it is not faster.
  var notes: [String] { precision?.notes ?? [] }

  /// Returns the number format, and prints the notes.
  func announced(isQuiet: Bool = false) -> Precision {
    if !isQuiet { StandardError.note(notes) }
    return value
  }
}

/// A value of `--precision`.
private enum PrecisionChoice: String, ExpressibleByArgument, CaseIterable {
  case fp32, bf16, half

  /// A wrong `EFFNET_ISA` counts as the fastest set: the engine reports it.
  private var kernels: Kernels { Kernels((try? .preferred()) ?? .fastest) }

  var value: Precision {
    switch self {
    case .fp32: .float32
    case .bf16: .bfloat16
    case .half: kernels.isBFloat16Faster ? .bfloat16 : .float32
    }
  }

  var notes: [String] {
    let speed = "\(kernels.bfloat16Speedup.formatted(digits: 1)) times those of fp32"
    switch self {
    case .bf16 where !kernels.isBFloat16Faster:
      return [
        "bf16 is not faster than fp32 here: its multiply-adds per second are \(speed); "
          + "--precision half takes the faster one"
      ]
    case .half:
      return [
        "half is \(value.rawValue) here: the multiply-adds of bf16 per second are \(speed)"
      ]
    default: return []
    }
  }
}

public import ArgumentParser
public import EfficientNet
import EfficientNetReports

/// The formats of `embed --store`.
extension Precision: ExpressibleByArgument {
  /// Reads one of these formats; nil for other text.
  public init?(argument: String) {
    guard Self.allValueStrings.contains(argument) else { return nil }
    self.init(rawValue: argument)
  }

  /// The formats by name.
  public static var allValueStrings: [String] { [Precision.float32, .bfloat16].map(\.rawValue) }
}

struct PrecisionOptions: ParsableArguments {
  @Option(
    help: """
      Number format of activations and matrix products: fp32; bf16 or fp16, which take half the \
      memory and are slightly less accurate; or half, the fastest of these on this machine. \
      fp16 is for inference only (default: fp32).
      """)
  private var precision: PrecisionChoice?

  var isGiven: Bool { precision != nil }

  /// The number format of inference. For `half`, the first use measures the processor.
  var value: Precision { precision?.value(of: Precision.allCases) ?? .float32 }

  var trainingValue: Precision { precision?.value(of: Precision.trainingCases) ?? .float32 }

  /// Notes about the choice for `half`, and about 16-bit formats where they are not faster.
  func notes(of precisions: [Precision] = Precision.allCases) -> [String] {
    precision?.notes(of: precisions) ?? []
  }

  /// Returns the number format of inference, and prints the notes.
  func announced(isQuiet: Bool = false) -> Precision {
    if !isQuiet { StandardError.note(notes()) }
    return value
  }

  /// Returns the number format of training, and prints the notes.
  func announcedForTraining(isQuiet: Bool = false) -> Precision {
    if !isQuiet { StandardError.note(notes(of: Precision.trainingCases)) }
    return trainingValue
  }

  /// Throws for a format in which networks cannot be trained. `task` is an option that needs
  /// gradients in a command that is otherwise inference.
  func validateTraining(for task: String? = nil) throws {
    if precision == .fp16 {
      let reason = task.map { "cannot be used with \($0)" } ?? "is for inference only"
      throw ValidationError(
        "--precision fp16 \(reason): gradients need more range; use bf16 or half")
    }
  }
}

private enum PrecisionChoice: String, ExpressibleByArgument, CaseIterable {
  case fp32, bf16, fp16, half

  /// A wrong `EFFNET_ISA` counts as the fastest set: the engine reports it.
  private var kernels: Kernels { Kernels((try? .preferred()) ?? .fastest) }

  /// - Parameter precisions: The formats to choose from for `half`.
  func value(of precisions: [Precision]) -> Precision {
    switch self {
    case .fp32: .float32
    case .bf16: .bfloat16
    case .fp16: .float16
    case .half: kernels.fastest(of: precisions)
    }
  }

  func notes(of precisions: [Precision]) -> [String] {
    let value = value(of: precisions)
    func speed(_ precision: Precision) -> String {
      "\(kernels.speedup(of: precision).formatted(digits: 1)) times those of fp32"
    }
    switch self {
    case .bf16, .fp16:
      if kernels.isFaster(value) { return [] }
      if self == .fp16, !kernels.sumsInFloat16 {
        return [
          "fp16 is computed in fp32 here, which is slower than fp32 alone; --precision half takes "
            + "the fastest format"
        ]
      }
      return [
        "\(rawValue) is not faster than fp32 here: its multiply-adds per second are "
          + "\(speed(value)); --precision half takes the fastest format"
      ]
    case .half:
      let speeds = precisions.filter { $0 != .float32 }
        .map { "those of \($0.rawValue) are \(speed($0))" }
      return [
        "half is \(value.rawValue) here: of the multiply-adds per second, "
          + speeds.joined(separator: ", ")
      ]
    case .fp32: return []
    }
  }
}

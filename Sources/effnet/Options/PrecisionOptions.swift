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
      memory and are slightly less accurate; half, the fastest of these on this machine; or int8, \
      for networks of 'effnet quantize'. fp16 and int8 are for inference only (default: int8 for \
      these networks, otherwise fp32).
      """)
  private var precision: PrecisionChoice?

  var isGiven: Bool { precision != nil }

  /// The number format of inference; nil for that of the network. For `half`, the first use measures
  /// the processor.
  var chosen: Precision? { precision?.value(of: Precision.floatingPoint) }
  var value: Precision { chosen ?? .float32 }

  var trainingValue: Precision { precision?.value(of: Precision.trainingCases) ?? .float32 }

  /// Notes about the choice for `half`, and about 16-bit formats where they are not faster.
  func notes(of precisions: [Precision] = Precision.floatingPoint) -> [String] {
    precision?.notes(of: precisions) ?? []
  }

  /// Returns the number format of inference, nil for that of the network, and prints the notes.
  func announced(isQuiet: Bool = false) -> Precision? {
    if !isQuiet { StandardError.note(notes()) }
    return chosen
  }

  /// Returns the number format of training, and prints the notes.
  func announcedForTraining(isQuiet: Bool = false) -> Precision {
    if !isQuiet { StandardError.note(notes(of: Precision.trainingCases)) }
    return trainingValue
  }

  /// Throws for a format in which networks cannot be trained. `task` is an option that needs
  /// gradients in a command that is otherwise inference.
  func validateTraining(for task: String? = nil) throws {
    // `half` chooses a format with gradients.
    if let precision, let complaint = Precision(rawValue: precision.rawValue)?.gradientComplaint {
      let reason = task.map { "cannot be used with \($0)" } ?? "is for inference only"
      throw ValidationError(
        "--precision \(precision.rawValue) \(reason): \(complaint); use bf16 or half")
    }
  }

  /// Notes that a network of `effnet quantize` is computed in floats, unless --precision says so.
  ///
  /// - Parameters:
  ///   - option: The option that is the cause, such as "--activations".
  ///   - precision: The format that the network is computed in.
  ///   - reason: Why int8 does not suit; nil if the map of the head is the reason.
  ///   - rest: What is computed in int8 all the same, for the end of the note.
  func noteFloats(
    for network: ModelDescription, with option: String, in precision: Precision,
    because reason: String? = nil, rest: String = ""
  ) {
    guard !isGiven, network.ownPrecision() == .int8, precision != .int8 else { return }
    StandardError.note(
      (reason ?? "the outputs of the head have no codes in int8")
        + ", so with \(option) the network is computed in \(precision.rawValue)\(rest)")
  }
}

private enum PrecisionChoice: String, ExpressibleByArgument, CaseIterable {
  case fp32, bf16, fp16, int8, half

  /// A wrong `EFFNET_ISA` counts as the fastest set: the engine reports it.
  private var kernels: Kernels { Kernels((try? .preferred()) ?? .fastest) }

  /// - Parameter precisions: The formats to choose from for `half`.
  func value(of precisions: [Precision]) -> Precision {
    switch self {
    case .fp32: .float32
    case .bf16: .bfloat16
    case .fp16: .float16
    case .int8: .int8
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
    case .fp32, .int8: return []
    }
  }
}

package import EfficientNet

/// Which part of a network stays as it is.
public enum Freezing: Hashable, Codable, Sendable, CustomStringConvertible {
  /// Nothing.
  case nothing
  /// Everything but the classifier.
  case backbone
  /// The stem and the stages up to this one, from 1 on.
  case stages(upTo: Int)

  /// The form in which `--freeze` takes it: "nothing", "backbone", "backbone:3".
  public init?(_ text: String) {
    switch text {
    case "nothing", "none": self = .nothing
    case "backbone": self = .backbone
    default:
      guard text.hasPrefix("backbone:"), let stage = Int(text.dropFirst(9)), stage >= 1 else {
        return nil
      }
      self = .stages(upTo: stage)
    }
  }

  /// The same form.
  public var description: String {
    switch self {
    case .nothing: "nothing"
    case .backbone: "backbone"
    case .stages(let stage): "backbone:\(stage)"
    }
  }

  /// Whether the layers of a part of the network are trained.
  package func trains(_ part: Graph.Part) -> Bool {
    switch (self, part) {
    case (.nothing, _): true
    case (.backbone, _): part == .classifier
    case (.stages, .input), (.stages, .stem): false
    case (.stages(let last), .block(let stage, _)): stage >= last
    case (.stages, .head), (.stages, .pooling), (.stages, .classifier): true
    }
  }
}

extension TrainingNetwork {
  /// Says what is trained. Batch norms of what is not keep their running statistics, and with `freezesNorms` all do.
  public func freeze(_ freezing: Freezing, freezesNorms: Bool = false) {
    freeze(training: { freezing.trains($1) }, norms: { freezesNorms || !freezing.trains($0) })
  }
}

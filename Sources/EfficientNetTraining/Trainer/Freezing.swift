package import EfficientNet

/// The part of a network that training does not change.
public enum Freezing: Hashable, Codable, Sendable, CustomStringConvertible {
  /// Nothing: all layers are trained.
  case nothing
  /// Everything except the classifier.
  case backbone
  /// The stem and the stages from 1 to this one.
  case stages(upTo: Int)

  /// Parses "nothing", "none", "backbone" or, with the number of the last frozen stage,
  /// "backbone:3"; nil for other texts.
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

  /// The text that ``init(_:)`` parses.
  public var description: String {
    switch self {
    case .nothing: "nothing"
    case .backbone: "backbone"
    case .stages(let stage): "backbone:\(stage)"
    }
  }

  /// Returns whether the layers of a part of the network are trained.
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
  /// Sets the layers that are trained. Batch norms of frozen layers keep their running statistics;
  /// with `freezesNorms`, all batch norms do.
  public func freeze(_ freezing: Freezing, freezesNorms: Bool = false) {
    freeze(training: { freezing.trains($1) }, norms: { freezesNorms || !freezing.trains($0) })
  }
}

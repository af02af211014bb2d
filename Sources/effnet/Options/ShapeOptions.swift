import ArgumentParser
import EfficientNet

/// What else of a network can be chosen while it has no weights.
struct ShapeOptions: ParsableArguments {
  @Option(number: "Outputs of the classifier.") var classes: Int?
  @Option(number: "Channels of the input image.") var channels: Int?
  @Option(number: "Share of the features dropped in training.") var dropout: Double?

  func validate() throws {
    try check(classes, "--classes", 1...1_000_000)
    try check(channels, "--channels", 1...1024)
    if let dropout, !(dropout >= 0 && dropout < 1) {
      throw ValidationError("--dropout is \(dropout); it may be 0 to below 1")
    }
  }

  /// The network with what was chosen.
  func apply(to architecture: Architecture) throws -> Architecture {
    var result = architecture
    result.classes = classes ?? architecture.classes
    result.inputChannels = channels ?? architecture.inputChannels
    result.dropout = dropout ?? architecture.dropout
    try result.validate()
    return result
  }
}

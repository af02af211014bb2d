public import EfficientNetCompute

/// A network, fully described: everything that decides its layers and its arithmetic, and no weights.
///
///     let b0 = Variant.b0.architecture
///     let graph = Graph(b0)
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), table 1.
public struct Architecture: Hashable, Codable, Sendable {
  /// The name of the variant, or one of the user's own.
  public var name: String
  /// Side of the input image in pixels.
  public var resolution: Int
  /// Channels of the input image: 3 for RGB.
  public var inputChannels: Int
  /// Channels of the first convolution, 3×3 with stride 2.
  public var stem: Int
  /// The stages of MBConv blocks between stem and head.
  public var stages: [Stage]
  /// Channels of the last convolution, 1×1: the width of the pooled features.
  public var head: Int
  /// Outputs of the classifier.
  public var classes: Int
  /// The activation of all convolutions and of the squeeze.
  public var activation: Activation
  /// Share of the features dropped before the classifier in training.
  public var dropout: Double
  /// What keeps batch norm from dividing by zero.
  public var batchNormEpsilon: Double
  /// How convolutions treat the edges.
  public var padding: Padding

  /// A network.
  public init(
    name: String, resolution: Int, inputChannels: Int = 3, stem: Int, stages: [Stage], head: Int,
    classes: Int = 1000, activation: Activation, dropout: Double, batchNormEpsilon: Double = 1e-3,
    padding: Padding = .same
  ) {
    (self.name, self.resolution, self.inputChannels) = (name, resolution, inputChannels)
    (self.stem, self.stages, self.head, self.classes) = (stem, stages, head, classes)
    (self.activation, self.dropout) = (activation, dropout)
    (self.batchNormEpsilon, self.padding) = (batchNormEpsilon, padding)
  }

  /// Checks that the network can be built: files may say anything.
  ///
  /// - Throws: ``ArchitectureError`` that names the field and its value.
  public func validate() throws(ArchitectureError) {
    func check(_ value: Int, _ field: String, _ range: ClosedRange<Int>) throws(ArchitectureError) {
      guard range.contains(value) else {
        throw ArchitectureError(
          name: name, field: field, value: "\(value)",
          range: "\(range.lowerBound) to \(range.upperBound)")
      }
    }
    let channels = 1...16384
    try check(resolution, "resolution", 1...8192)
    try check(inputChannels, "inputChannels", 1...1024)
    try check(stem, "stem", channels)
    try check(head, "head", channels)
    try check(classes, "classes", 1...1_000_000)
    try check(stages.count, "stages.count", 1...64)
    for (index, stage) in stages.enumerated() {
      let field = "stages[\(index)]"
      try check(stage.expand, "\(field).expand", 1...64)
      try check(stage.kernel, "\(field).kernel", 1...31)
      if stage.kernel % 2 == 0 {
        throw ArchitectureError(
          name: name, field: "\(field).kernel", value: "\(stage.kernel)", range: "an odd number")
      }
      try check(stage.stride, "\(field).stride", 1...2)
      try check(stage.channels, "\(field).channels", channels)
      try check(stage.repeats, "\(field).repeats", 1...256)
      if let squeeze = stage.squeeze, !(squeeze > 0 && squeeze <= 1) {
        throw ArchitectureError(
          name: name, field: "\(field).squeeze", value: "\(squeeze)", range: "above 0 to 1")
      }
    }
    guard dropout >= 0, dropout < 1 else {
      throw ArchitectureError(name: name, field: "dropout", value: "\(dropout)", range: "0..<1")
    }
    guard batchNormEpsilon > 0, batchNormEpsilon < 1 else {
      throw ArchitectureError(
        name: name, field: "batchNormEpsilon", value: "\(batchNormEpsilon)", range: "above 0 to 1")
    }
    try check(stages.reduce(0) { $0 + $1.repeats }, "blocks in all", 1...1000)
    // Feature maps are what takes memory: no network that exists comes near 2 GB.
    let plan = Plan(Graph(self), inputShape: inputShape)
    let (_, memory) = MemoryPlanner.place(plan.buffers, batch: 1)
    guard memory <= 1 << 29 else {
      throw ArchitectureError(
        name: name, field: "memory for feature maps", value: "\(memory >> 18) MB",
        range: "up to 2048 MB; lower the resolution or the channels")
    }
  }
}

/// An architecture that cannot be built.
public struct ArchitectureError: Error, Hashable, CustomStringConvertible {
  /// The architecture's name.
  public let name: String
  /// The field that is wrong.
  public let field: String
  /// Its value.
  public let value: String
  /// The values it may have.
  public let range: String

  /// For instance "my-net: stages[2].kernel is 4; it may be an odd number".
  public var description: String { "\(name): \(field) is \(value); it may be \(range)" }
}

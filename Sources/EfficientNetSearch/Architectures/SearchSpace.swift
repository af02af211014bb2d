public import EfficientNet
internal import EfficientNetCompute

/// A search space: a reference network, and the choices that may change each of its stages.
///
///     let space = SearchSpace.mnasNet
///     space.decisions.count                    // 42: operation, kernel, … of seven blocks
///     space.architecture(point, name: "mine")  // trains, runs, saves and exports like any other
///
/// A block of the paper is a `Stage` here. The number of stages, their strides and resolutions
/// are those of the reference, and so are stem, head and activation.
///
/// Source: Tan et al. 2019, [MnasNet](https://arxiv.org/abs/1807.11626), section 4.1: the
/// factorized hierarchical search space.
public struct SearchSpace: Hashable, Codable, Sendable {
  /// The kind of a stage's layers.
  public enum Operation: String, Hashable, Codable, Sendable, CaseIterable {
    /// A full convolution without squeeze-and-excitation, whatever the choice of squeeze.
    case convolution
    /// A depthwise convolution followed by a 1×1 convolution.
    case separable
    /// MBConv with an expansion of 3.
    case mbConv3 = "mbconv3"
    /// MBConv with an expansion of 6.
    case mbConv6 = "mbconv6"

    var blocks: (block: Stage.Block, expand: Int) {
      switch self {
      case .convolution: (.fusedMBConv, 1)
      case .separable: (.mbConv, 1)
      case .mbConv3: (.mbConv, 3)
      case .mbConv6: (.mbConv, 6)
      }
    }
  }

  /// The name of the space.
  public var name: String
  /// The reference network. ``filters`` and ``layers`` change the channels and repeats of its
  /// stages; the other choices replace theirs.
  public var reference: Architecture
  /// The choices of operation.
  public var operations: [Operation]
  /// The choices of kernel side.
  public var kernels: [Int]
  /// The choices of squeeze-and-excitation, as shares of a block's input channels; 0 for none.
  public var squeezes: [Double]
  /// The choices of skip connection.
  public var skips: [Stage.Skip]
  /// The choices of width, as factors of the reference's channels.
  public var filters: [Double]
  /// The choices of depth, as differences from the reference's repeats. Choices that would leave a
  /// stage without a layer do not count.
  public var layers: [Int]
  /// The number that channels are rounded to multiples of.
  public var multiple: Int

  /// Creates a space from the properties of the same names.
  public init(
    name: String, reference: Architecture, operations: [Operation] = Operation.allCases,
    kernels: [Int] = [3, 5], squeezes: [Double] = [0, 0.25],
    skips: [Stage.Skip] = Stage.Skip.allCases, filters: [Double] = [0.75, 1, 1.25],
    layers: [Int] = [-1, 0, 1], multiple: Int = 8
  ) {
    (self.name, self.reference, self.operations) = (name, reference, operations)
    (self.kernels, self.squeezes, self.skips) = (kernels, squeezes, skips)
    (self.filters, self.layers, self.multiple) = (filters, layers, multiple)
  }

  /// MnasNet's space, around MobileNetV2 with MnasNet's activation.
  public static let mnasNet: SearchSpace = {
    var reference = Family.mobileNetV2.variants[0].architecture
    (reference.name, reference.activation) = ("mnasnet", .relu)
    return SearchSpace(name: "mnasnet", reference: reference)
  }()

  /// The same choices around EfficientNet-B0, which is a point of this space.
  ///
  /// B0 is also a point of ``mnasNet``, except for two widths: 112 and 192 channels are 1.17 and
  /// 1.2 times MobileNetV2's.
  public static let efficientNet = SearchSpace(
    name: "efficientnet", reference: Family.efficientNet.variants[0].architecture)

  /// All predefined spaces.
  public static let all = [mnasNet, efficientNet]

  /// Returns a smaller space for smaller machines. Its reference gets a name of its own, such as
  /// "b0-narrowed".
  ///
  /// - Parameters:
  ///   - width: The factor on channels, which become multiples of 4.
  ///   - depth: The factor on the repeats of each stage, which are rounded up.
  ///   - stages: The number of leading stages to keep; nil for all.
  ///   - resolution: The side of the image in pixels; nil for the reference's.
  public func narrowed(
    width: Double = 1, depth: Double = 1, stages: Int? = nil, resolution: Int? = nil
  ) -> SearchSpace {
    var space = self
    if width != 1 {
      let scale = CompoundScale(width: width, depth: 1, resolution: 1, dropout: 0)
      func scaled(_ channels: Int) -> Int { scale.channels(channels, multiple: 4) }
      space.multiple = 4
      space.reference.stem = scaled(reference.stem)
      space.reference.head = reference.head.map(scaled)
      for index in reference.stages.indices {
        space.reference.stages[index].channels = scaled(reference.stages[index].channels)
      }
    }
    let deeper = CompoundScale(width: 1, depth: depth, resolution: 1, dropout: 0)
    for index in reference.stages.indices {
      space.reference.stages[index].repeats = deeper.repeats(reference.stages[index].repeats)
    }
    if let stages { space.reference.stages = Array(space.reference.stages.prefix(stages)) }
    if let resolution { space.reference.resolution = resolution }
    // It is another network than the one that its name was for.
    let suffix = "-narrowed"
    if space.reference != reference, !space.reference.name.hasSuffix(suffix) {
      space.reference.name += suffix
    }
    return space
  }

  /// The reason why the space is invalid; nil if it is valid.
  public var complaint: String? {
    func complaint<T: Hashable>(
      _ field: String, _ values: [T], _ range: String = "", _ isValid: (T) -> Bool = { _ in true }
    ) -> String? {
      if values.isEmpty { return "\(field) is empty; it must have at least one choice" }
      if let value = values.first(where: { !isValid($0) }) {
        return "\(field) has \(value); its choices must be \(range)"
      }
      return Set(values).count < values.count ? "\(field) has a choice twice" : nil
    }
    let complaint =
      complaint("operations", operations)
      ?? complaint("kernels", kernels, "odd numbers up to 31") { $0 % 2 == 1 && 1...31 ~= $0 }
      ?? complaint("squeezes", squeezes, "0 to 1") { 0...1 ~= $0 }
      ?? complaint("skips", skips)
      ?? complaint("filters", filters, "0.01 to 100") { 0.01...100 ~= $0 }
      ?? complaint("layers", layers, "−100 to 100") { -100...100 ~= $0 }
    if let complaint { return complaint }
    guard !name.isEmpty, name.utf8.count <= 200, name == name.oneLine else {
      return "its name must be 1 to 200 printable characters"
    }
    guard 1...1024 ~= multiple else { return "multiple is \(multiple); it must be 1 to 1024" }
    do throws(ArchitectureError) {
      try reference.validate()
      try reference.validateForPhotos()
      for operation in operations { try largest(operation).validate() }
    } catch {
      return "\(error)"
    }
    for stage in reference.stages.indices where layers(stage: stage).isEmpty {
      return "every choice of layers leaves stage \(stage + 1) without a layer"
    }
    return decisions.isEmpty ? "it has only one network; there must be something to choose" : nil
  }

  /// The network with the largest choices, with the same operation in all stages.
  private func largest(_ operation: Operation) -> Architecture {
    var architecture = reference
    for (index, stage) in reference.stages.enumerated() {
      architecture.stages[index] = Self.stage(
        operation, kernel: kernels.max() ?? 1, stride: stage.stride,
        channels: channels(stage.channels, times: filters.max() ?? 1),
        repeats: max(1, stage.repeats + (layers.max() ?? 0)),
        squeeze: squeezes.max() ?? 0, skip: .none)
    }
    return architecture
  }
}

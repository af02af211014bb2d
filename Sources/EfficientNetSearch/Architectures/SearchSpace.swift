public import EfficientNet
public import EfficientNetCompute
internal import EfficientNetReports

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

    fileprivate var blocks: (block: Stage.Block, expand: Int) {
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

  /// A choice that has to be made for a network of the space.
  public struct Decision: Hashable, Codable, Sendable {
    /// The kinds of choices.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
      /// The block of the stage: one of ``SearchSpace/operations``.
      case operation
      /// The side of the filter: one of ``SearchSpace/kernels``.
      case kernel
      /// The squeeze-and-excitation ratio: one of ``SearchSpace/squeezes``.
      case squeeze
      /// The skip operation: one of ``SearchSpace/skips``.
      case skip
      /// The factor on the channels: one of ``SearchSpace/filters``.
      case filters
      /// The change of the number of blocks: one of ``SearchSpace/layers``.
      case layers
    }

    /// The index of the stage, from 0.
    public let stage: Int
    /// The kind of choice.
    public let kind: Kind
    /// The number of choices.
    public let choices: Int
  }

  /// A network of the space, as the index of the choice for each decision.
  public typealias Point = [Int]

  /// The decisions, stage by stage; only those with more than one choice.
  public var decisions: [Decision] {
    reference.stages.indices.flatMap { stage in
      Decision.Kind.allCases.compactMap { kind in
        let choices = choices(kind, stage: stage)
        return choices > 1 ? Decision(stage: stage, kind: kind, choices: choices) : nil
      }
    }
  }

  private func choices(_ kind: Decision.Kind, stage: Int) -> Int {
    switch kind {
    case .operation: operations.count
    case .kernel: kernels.count
    case .squeeze: squeezes.count
    case .skip: skips.count
    case .filters: filters.count
    case .layers: layers(stage: stage).count
    }
  }

  /// The choices of repeats of a stage.
  private func layers(stage: Int) -> [Int] {
    layers.map { reference.stages[stage].repeats + $0 }.filter { $0 >= 1 }
  }

  /// The decimal logarithm of the number of points.
  public var magnitude: Double {
    decisions.reduce(0) { $0 + log10(Double($1.choices)) }
  }

  /// Returns a uniformly random point.
  public func randomPoint(using generator: inout SeededGenerator) -> Point {
    decisions.map { Int.random(in: 0..<$0.choices, using: &generator) }
  }

  /// Returns the network at a point.
  ///
  /// A stage in which no block can have a skip gets none, whatever the choice, so that equal
  /// networks have equal architectures.
  ///
  /// - Parameters:
  ///   - point: An index of a choice for each of ``decisions``.
  ///   - name: The name of the network.
  /// - Precondition: the point has one valid choice for each decision.
  public func architecture(_ point: Point, name: String) -> Architecture {
    let decisions = decisions
    require(
      point.count == decisions.count,
      "the point has \(point.count) choices; it must have \(decisions.count)")
    var architecture = reference
    architecture.name = name
    var inputs = reference.stem
    for stage in reference.stages.indices {
      var choice: [Decision.Kind: Int] = [:]
      for (decision, number) in zip(decisions, point) where decision.stage == stage {
        require(
          0..<decision.choices ~= number,
          "the choice for the \(decision.kind) of stage \(stage) is \(number); "
            + "it must be at least 0 and below \(decision.choices)")
        choice[decision.kind] = number
      }
      func chosen<T>(_ kind: Decision.Kind, _ values: [T]) -> T { values[choice[kind] ?? 0] }
      let old = reference.stages[stage]
      architecture.stages[stage] = Self.stage(
        chosen(.operation, operations), kernel: chosen(.kernel, kernels), stride: old.stride,
        channels: channels(old.channels, times: chosen(.filters, filters)),
        repeats: chosen(.layers, layers(stage: stage)), squeeze: chosen(.squeeze, squeezes),
        skip: chosen(.skip, skips)
      ).canonical(inputs: inputs)
      inputs = architecture.stages[stage].channels
    }
    return architecture
  }

  private func channels(_ channels: Int, times factor: Double) -> Int {
    guard factor != 1 else { return channels }
    return CompoundScale(width: factor, depth: 1, resolution: 1, dropout: 0)
      .channels(channels, multiple: multiple)
  }

  /// - Parameter squeeze: The share of squeeze-and-excitation; 0 for none.
  private static func stage(
    _ operation: Operation, kernel: Int, stride: Int, channels: Int, repeats: Int,
    squeeze: Double, skip: Stage.Skip
  ) -> Stage {
    var stage = Stage.mbConv(
      expand: operation.blocks.expand, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: squeeze > 0 && operation != .convolution ? squeeze : nil,
      skip: skip)
    stage.block = operation.blocks.block
    return stage
  }

  /// Returns the point nearest to a network, and their differences.
  ///
  /// - Returns: The point, and differences such as "stage 5 has 112 channels, the nearest choice is
  ///   120"; nil if the number of stages differs, or if the operation of a stage is not an
  ///   ``Operation``.
  public func nearest(to network: Architecture) -> (point: Point, differences: [String])? {
    guard network.stages.count == reference.stages.count else { return nil }
    var (point, differences) = (Point(), [String]())
    var inputs = network.stem
    for (index, stage) in network.stages.enumerated() {
      let old = reference.stages[index]
      defer { inputs = stage.channels }
      for kind in Decision.Kind.allCases {
        let nearest: (choice: Int, difference: String?)
        switch kind {
        case .operation:
          let blocks = (stage.block, stage.expand)
          guard let operation = Operation.allCases.first(where: { $0.blocks == blocks }) else {
            return nil
          }
          let number = operations.firstIndex(of: operation)
          nearest = (
            number ?? 0, number == nil ? "\(operation.rawValue), which is not a choice" : nil
          )
        case .kernel:
          nearest = Self.nearest(Double(stage.kernel), kernels.map(Double.init), "pixels of kernel")
        case .squeeze: nearest = Self.nearest(stage.squeeze ?? 0, squeezes, "of squeeze")
        case .skip:
          var other = stage
          let isSame = skips.firstIndex { skip in
            other.skip = skip
            return other.canonical(inputs: inputs) == stage.canonical(inputs: inputs)
          }
          nearest = (isSame ?? 0, isSame == nil ? "skip \(stage.skip), which is not a choice" : nil)
        case .filters:
          let widths = filters.map { Double(channels(old.channels, times: $0)) }
          nearest = Self.nearest(Double(stage.channels), widths, "channels")
        case .layers:
          nearest = Self.nearest(
            Double(stage.repeats), layers(stage: index).map(Double.init), "layers")
        }
        if choices(kind, stage: index) > 1 { point.append(nearest.choice) }
        if let difference = nearest.difference {
          differences.append("stage \(index + 1) has \(difference)")
        }
      }
    }
    return (point, differences)
  }

  /// The index of the nearest choice, and the difference in words.
  private static func nearest(
    _ value: Double, _ choices: [Double], _ words: String
  ) -> (choice: Int, difference: String?) {
    let nearest = choices.indices.min { abs(choices[$0] - value) < abs(choices[$1] - value) } ?? 0
    return (
      nearest,
      choices[nearest] == value
        ? nil
        : "\(value.shortest) \(words), the nearest choice is \(choices[nearest].shortest)"
    )
  }
}

extension Stage {
  /// The stage without a skip that none of its blocks can have, so that equal networks compare
  /// equal.
  ///
  /// - Parameter inputs: The number of channels that enter the stage.
  func canonical(inputs: Int) -> Stage {
    let isAdding =
      switch skip {
      case .identity: inputs == channels && stride == 1
      case .pool: inputs == channels
      case .none: false
      }
    var stage = self
    if repeats == 1, !isAdding { stage.skip = .none }
    return stage
  }
}

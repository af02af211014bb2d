public import EfficientNet
public import EfficientNetCompute
internal import EfficientNetReports

/// The networks that a search chooses from: a network of reference whose blocks of layers are changed one by one.
///
///     let space = SearchSpace.mnasNet
///     space.decisions.count                       // 42: operation, kernel, … of each of seven blocks
///     space.architecture(point, name: "mine")     // trains, runs, saves and exports like any other
///
/// A block of the paper is a ``Stage`` here. What a stage's input is, its stride and how many stages there are, is as in the
/// reference, and so are stem, head, activation and resolution.
///
/// Source: Tan et al. 2019, [MnasNet](https://arxiv.org/abs/1807.11626), section 4.1: the factorised hierarchical search space.
public struct SearchSpace: Hashable, Codable, Sendable {
  /// What the layers of a stage are.
  public enum Operation: String, Hashable, Codable, Sendable, CaseIterable {
    /// A full convolution. It has no squeeze: both choices of one are the same network.
    case convolution
    /// A depthwise convolution and a 1×1 one.
    case separable
    /// MBConv that expands three times.
    case mbConv3 = "mbconv3"
    /// MBConv that expands six times.
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

  /// A name for the space.
  public var name: String
  /// Where the stages begin. Their channels and repeats are what ``filters`` and ``layers`` change; the rest of them is overwritten.
  public var reference: Architecture
  /// The operations to choose from.
  public var operations: [Operation]
  /// The sides of the filters.
  public var kernels: [Int]
  /// The widths of the squeeze as shares of the channels that enter a block; 0 for no squeeze-and-excitation.
  public var squeezes: [Double]
  /// What is added to the result of a block.
  public var skips: [Stage.Skip]
  /// Factors on the reference's channels.
  public var filters: [Double]
  /// What is added to the reference's repeats. A stage has no choice that would leave it without a layer.
  public var layers: [Int]
  /// Channels are multiples of this.
  public var multiple: Int

  /// A space.
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

  /// MnasNet's: about MobileNetV2, with MnasNet's activation.
  public static let mnasNet: SearchSpace = {
    var reference = Family.mobileNetV2.variants[0].architecture
    (reference.name, reference.activation) = ("mnasnet", .relu)
    return SearchSpace(name: "mnasnet", reference: reference)
  }()

  /// The same choices about EfficientNet-B0, which is a point of it.
  ///
  /// B0 is one of ``mnasNet`` but for two widths: 112 and 192 are 1.17 and 1.2 times MobileNetV2's.
  public static let efficientNet = SearchSpace(
    name: "efficientnet", reference: Family.efficientNet.variants[0].architecture)

  /// The spaces by name.
  public static let all = [mnasNet, efficientNet]

  /// A smaller space for smaller machines: channels times `width`, in multiples of 4, the first `stages` stages, on images of
  /// `resolution` pixels.
  public func narrowed(
    width: Double = 1, stages: Int? = nil, resolution: Int? = nil
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
    if let stages { space.reference.stages = Array(space.reference.stages.prefix(stages)) }
    if let resolution { space.reference.resolution = resolution }
    return space
  }

  /// What is wrong with it; nil if nothing.
  public var complaint: String? {
    func complaint<T: Hashable>(_ field: String, _ values: [T], _ isValid: (T) -> Bool) -> String? {
      if values.isEmpty { return "\(field) is empty: there has to be something to choose" }
      if let value = values.first(where: { !isValid($0) }) {
        return "\(field) has \(value), which no network can have"
      }
      return Set(values).count < values.count ? "\(field) has one choice twice" : nil
    }
    let complaint =
      complaint("operations", operations) { _ in true }
      ?? complaint("kernels", kernels) { $0 % 2 == 1 && 1...31 ~= $0 }
      ?? complaint("squeezes", squeezes) { 0...1 ~= $0 }
      ?? complaint("skips", skips) { _ in true }
      ?? complaint("filters", filters) { 0.01...100 ~= $0 }
      ?? complaint("layers", layers) { -100...100 ~= $0 }
    if let complaint { return complaint }
    guard !name.isEmpty, name.utf8.count <= 200, name == name.oneLine else {
      return "its name has to be 1 to 200 printable characters"
    }
    guard 1...1024 ~= multiple else { return "multiple is \(multiple); it may be 1 to 1024" }
    do throws(ArchitectureError) {
      try reference.validate()
      try reference.validateForPhotos()
      for operation in operations { try largest(operation).validate() }
    } catch {
      return "\(error)"
    }
    for stage in reference.stages.indices where layers(stage: stage).isEmpty {
      return "no choice of layers leaves stage \(stage + 1) with a layer"
    }
    return decisions.isEmpty ? "it has one network only: there is nothing to choose" : nil
  }

  /// The network with the most of everything, all of one operation.
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

  /// A choice that makes a network.
  public struct Decision: Hashable, Codable, Sendable {
    /// What is chosen.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
      case operation, kernel, squeeze, skip, filters, layers
    }

    /// The stage, from 0 on.
    public let stage: Int
    /// What is chosen.
    public let kind: Kind
    /// How many there are to choose from.
    public let choices: Int
  }

  /// A network of the space: for each decision the number of what was chosen.
  public typealias Point = [Int]

  /// The decisions in their order: stage by stage, and in each those that have more than one choice.
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

  /// The repeats that a stage may have.
  private func layers(stage: Int) -> [Int] {
    layers.map { reference.stages[stage].repeats + $0 }.filter { $0 >= 1 }
  }

  /// The decimal logarithm of how many points there are.
  public var magnitude: Double {
    decisions.reduce(0) { $0 + log10(Double($1.choices)) }
  }

  /// A point drawn evenly.
  public func randomPoint(using generator: inout SeededGenerator) -> Point {
    decisions.map { Int.random(in: 0..<$0.choices, using: &generator) }
  }

  /// The network at a point. A stage none of whose blocks can add anything has no skip, whatever was chosen: equal networks have one
  /// form.
  ///
  /// - Precondition: the point has a choice for each decision, below their number.
  public func architecture(_ point: Point, name: String) -> Architecture {
    let decisions = decisions
    precondition(
      point.count == decisions.count,
      "a point with \(point.count) choices in a space of \(decisions.count) decisions")
    var architecture = reference
    architecture.name = name
    var inputs = reference.stem
    for stage in reference.stages.indices {
      var choice: [Decision.Kind: Int] = [:]
      for (decision, number) in zip(decisions, point) where decision.stage == stage {
        precondition(
          0..<decision.choices ~= number,
          "choice \(number) of \(decision.choices) for the \(decision.kind) of stage \(stage)")
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

  /// - Parameter squeeze: 0 for none.
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

  /// The point that is nearest to a network with as many stages, and what of the network it has not.
  ///
  /// - Returns: The point, and differences such as "stage 5 has 112 channels, the nearest choice is 120"; nil if the number of
  ///   stages is another or a stage's operation is one of no space.
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
          nearest = (number ?? 0, number == nil ? "\(operation.rawValue), which is no choice" : nil)
        case .kernel:
          nearest = Self.nearest(Double(stage.kernel), kernels.map(Double.init), "pixels of kernel")
        case .squeeze: nearest = Self.nearest(stage.squeeze ?? 0, squeezes, "of squeeze")
        case .skip:
          var other = stage
          let isSame = skips.firstIndex { skip in
            other.skip = skip
            return other.canonical(inputs: inputs) == stage.canonical(inputs: inputs)
          }
          nearest = (isSame ?? 0, isSame == nil ? "skip \(stage.skip), which is no choice" : nil)
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

  /// The number of the nearest choice, and how it differs.
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
  /// The same stage, without a skip that none of its blocks can have: one form for what is one network.
  ///
  /// - Parameter inputs: The channels that enter it.
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

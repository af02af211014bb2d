public import EfficientNet
public import EfficientNetCompute
internal import EfficientNetReports

/// The networks of a space as points.
extension SearchSpace {
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
  func layers(stage: Int) -> [Int] {
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

  func channels(_ channels: Int, times factor: Double) -> Int {
    guard factor != 1 else { return channels }
    return CompoundScale(width: factor, depth: 1, resolution: 1, dropout: 0)
      .channels(channels, multiple: multiple)
  }

  /// - Parameter squeeze: The share of squeeze-and-excitation; 0 for none.
  static func stage(
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

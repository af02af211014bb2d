internal import EfficientNetCompute

/// A group of variants that share a baseline network.
package enum Family: String, Hashable, Sendable, CaseIterable {
  /// EfficientNet: SiLU and squeeze-and-excitation.
  case efficientNet
  /// EfficientNet-Lite, for integer hardware: ReLU6, no squeeze-and-excitation. Scaling leaves the
  /// stem, the head and the repeats of the first and last stage unchanged.
  case lite
  /// EfficientNet-EdgeTPU: ReLU, full convolutions in the first stages.
  case edgeTPU
  /// EfficientNetV2-B0 to B3: fused blocks in the first stages.
  case v2Base
  /// EfficientNetV2-S, the result of an architecture search.
  case v2Small
  /// EfficientNetV2-M.
  case v2Medium
  /// EfficientNetV2-L.
  case v2Large
  /// EfficientNetV2-XL.
  case v2ExtraLarge
  /// MnasNet with squeeze-and-excitation, the predecessor of EfficientNet.
  case mnasNetA1
  /// MnasNet without squeeze-and-excitation.
  case mnasNetB1
  /// MnasNet for the smallest budgets.
  case mnasNetSmall
  /// MobileNetV1: separable blocks.
  case mobileNetV1
  /// MobileNetV2, the source of the MBConv block.
  case mobileNetV2
  /// ResNet-50's bottlenecks after this library's 3×3 stem; see `baseline`.
  case resNet50Style
  /// EfficientNet as in the code of the article "EfficientNet 网络原理与 Tensorflow2.0 实现" (2023-10-28),
  /// including all differences from the official network. Readers of the article find its system
  /// here, and weights that its code trained can be loaded.
  case article

  package func architecture(name: String, scale: CompoundScale) -> Architecture {
    baseline.scaled(by: scale, name: name, rule: scalingRule)
  }

  var scalingRule: ScalingRule {
    switch self {
    case .efficientNet, .edgeTPU, .article, .mobileNetV1, .resNet50Style: .released
    case .lite: ScalingRule(scalesEnds: false, head: .fixed)
    case .v2Base, .v2Small, .v2Medium, .v2Large, .v2ExtraLarge: ScalingRule(minimumShare: 0)
    case .mnasNetA1, .mnasNetB1, .mnasNetSmall: ScalingRule(head: .fixed)
    case .mobileNetV2: ScalingRule(head: .neverNarrower)
    }
  }
}

/// The parts of a baseline that scaling changes, and the rounding; released families differ in
/// these.
public struct ScalingRule: Hashable, Codable, Sendable {
  package enum Head: String, Hashable, Codable, Sendable {
    /// The head is scaled like the other layers.
    case scaled
    /// The head keeps its width.
    case fixed
    /// Only factors above 1 scale the head.
    case neverNarrower
  }

  /// Whether scaling changes the stem and the repeats of the first and last stage.
  package var scalesEnds = true
  package var head = Head.scaled
  /// Rounded channels are at least this share of the exact product.
  package var minimumShare = 0.9
  /// Channels are rounded to multiples of this number.
  package var multiple = 8
  /// Whether repeats are rounded to the nearest integer instead of up.
  package var roundsRepeatsToNearest = false

  /// EfficientNet's rule: the stem, all stages and the head are scaled; channels are rounded to
  /// multiples of 8, and repeats are rounded up.
  public static let released = ScalingRule()

  /// The same rule in finer steps: channels in multiples of 2, repeats to the nearest integer. For
  /// studies with small baselines, where one more repeat per stage or 8 more channels exceed the
  /// compared differences.
  package var fine: ScalingRule {
    var rule = self
    (rule.minimumShare, rule.multiple, rule.roundsRepeatsToNearest) = (0, 2, true)
    return rule
  }
}

extension Architecture {
  /// Returns this network with scaled channels, repeats, resolution and dropout.
  ///
  /// Factors of exactly 1 leave channels and repeats unchanged. ``validate()`` refuses the result
  /// if the factors are too large.
  ///
  /// - Parameters:
  ///   - scale: The factors on channels and repeats, the new resolution and the new dropout.
  ///   - name: The name of the scaled network.
  ///   - rule: The layers to scale and the rounding; EfficientNet's by default.
  public func scaled(
    by scale: CompoundScale, name: String, rule: ScalingRule = .released
  ) -> Architecture {
    func channels(_ channels: Int) -> Int {
      scale.channels(channels, minimumShare: rule.minimumShare, multiple: rule.multiple)
    }
    var result = self
    (result.name, result.resolution, result.dropout) = (name, scale.resolution, scale.dropout)
    if rule.scalesEnds { result.stem = channels(stem) }
    for index in stages.indices {
      result.stages[index].channels = channels(stages[index].channels)
      result.stages[index].expandedFrom = stages[index].expandedFrom.map(channels)
      let isEnd = index == stages.startIndex || index == stages.endIndex - 1
      if rule.scalesEnds || !isEnd {
        result.stages[index].repeats = scale.repeats(
          stages[index].repeats,
          rule: rule.roundsRepeatsToNearest ? .toNearestOrAwayFromZero : .up)
      }
    }
    switch rule.head {
    case .scaled: result.head = head.map(channels)
    case .fixed: break
    case .neverNarrower: result.head = head.map { max($0, channels($0)) }
    }
    return result
  }
}

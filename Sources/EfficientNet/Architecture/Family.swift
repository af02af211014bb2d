internal import EfficientNetCompute

/// Variants that share a baseline.
package enum Family: String, Hashable, Sendable, CaseIterable {
  /// EfficientNet: SiLU and squeeze-and-excitation.
  case efficientNet
  /// EfficientNet-Lite, for integer hardware: ReLU6, no squeeze-and-excitation; stem, head and the
  /// repeats of the first and last stage are not scaled.
  case lite
  /// EfficientNet-EdgeTPU: ReLU, full convolutions in the first stages.
  case edgeTPU
  /// EfficientNetV2's baseline, B0 to B3: fused blocks first.
  case v2Base
  /// EfficientNetV2-S, found by search.
  case v2Small
  /// EfficientNetV2-M.
  case v2Medium
  /// EfficientNetV2-L.
  case v2Large
  /// EfficientNetV2-XL.
  case v2ExtraLarge
  /// MnasNet with squeeze-and-excitation, the ancestor of EfficientNet.
  case mnasNetA1
  /// MnasNet without squeeze-and-excitation.
  case mnasNetB1
  /// MnasNet for the smallest budgets.
  case mnasNetSmall
  /// MobileNetV1: separable blocks.
  case mobileNetV1
  /// MobileNetV2, where the block comes from.
  case mobileNetV2
  /// ResNet-50's bottlenecks behind a stem of our kind: see ``Family/baseline``.
  case resNet50Style
  /// EfficientNet as the article "EfficientNet 网络原理与 Tensorflow2.0 实现" (2023-10-28) codes it, with every difference to the
  /// official network: for readers of the article, who find its own system here, and for weights that its code trained.
  case article

  package func architecture(name: String, scale: CompoundScale) -> Architecture {
    baseline.scaled(by: scale, name: name, rule: scalingRule)
  }

  /// What of the baseline is scaled, and how.
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

/// What of a baseline a scale changes: the released networks differ in this.
public struct ScalingRule: Hashable, Codable, Sendable {
  package enum Head: String, Hashable, Codable, Sendable {
    /// It is scaled like the rest.
    case scaled
    /// It keeps its width.
    case fixed
    /// It is scaled by factors above one only.
    case neverNarrower
  }

  /// Whether the stem and the repeats of the first and last stage are scaled.
  package var scalesEnds = true
  /// What happens to the head.
  package var head = Head.scaled
  /// The share of the exact product that rounding of channels may not fall below.
  package var minimumShare = 0.9
  /// What channels are rounded to multiples of.
  package var multiple = 8
  /// Whether repeats are rounded to the nearest whole number, and not up.
  package var roundsRepeatsToNearest = false

  /// EfficientNet's rule: everything is scaled.
  public static let released = ScalingRule()

  /// The same rule in finer steps: channels in multiples of 2, repeats to the nearest whole number. For studies with small baselines,
  /// where one more repeat of every stage, or eight more channels, is more than what is compared.
  package var fine: ScalingRule {
    var rule = self
    (rule.minimumShare, rule.multiple, rule.roundsRepeatsToNearest) = (0, 2, true)
    return rule
  }
}

extension Architecture {
  /// This network with its channels, repeats, resolution and dropout scaled.
  ///
  /// Factors of exactly 1 leave channels and repeats as they are. Factors may be so large that the network cannot be built:
  /// ``validate()`` says so.
  ///
  /// - Parameter rule: What is scaled; a network of one's own follows EfficientNet's.
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

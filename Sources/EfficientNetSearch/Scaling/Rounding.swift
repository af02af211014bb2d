internal import EfficientNet
internal import EfficientNetSystem

/// The reasons why the operations of a scaled network differ from the product of its factors:
/// rounding to whole repeats, channels and maps, and layers that grow less.
///
/// Each part is a factor on the operations: 1 without a change, 2 if it doubles them. Without
/// rounding, operations are linear in the depth and quadratic in the width, so the exact ones follow
/// from the double depth, the double width and the fourfold width. The depth adds layers to stages,
/// but not to the stem, the head and the classifier; the stem, depthwise convolutions and the
/// classifier grow with the width, not with its square.
///
/// Strides round the side of a map up. So
/// one pixel more than a multiple of all strides together makes every map larger: with 33 pixels
/// instead of 32, B0 takes almost twice the operations.
package struct Rounding: Hashable, Encodable, Sendable {
  /// The parts of rounding.
  package let repeats, channels, maps: Double
  /// The parts of layers that do not grow with the depth, and only linearly with the width.
  package let fixed, linear: Double
  /// Whether the double depth more than doubles the operations, since the added layers are larger
  /// than the average.
  private let addsLargeLayers: Bool
  private let rule: ScalingRule
  /// The resolution of the scaled network.
  private let pixels: Int

  private enum CodingKeys: String, CodingKey { case repeats, channels, maps, fixed, linear }

  /// Measures a baseline scaled by factors on depth, width and resolution.
  init(_ baseline: Baseline, factors: CompoundCoefficients) {
    let macs = Double(NetworkCost(baseline.architecture).macs)
    rule = baseline.rule
    pixels = factors.scale(phi: 1, of: baseline.architecture).resolution
    var exactRule = baseline.rule.fine
    exactRule.multiple = 1
    let exact = Baseline(baseline.architecture, rule: exactRule)
    /// The operations of a scaled baseline, as a multiple of the baseline's.
    func growth(
      _ baseline: Baseline, depth: Double = 1, width: Double = 1, resolution: Double = 1
    ) -> Double {
      let factors = CompoundCoefficients(depth: depth, width: width, resolution: resolution)
      return Double(NetworkCost(baseline.shape(factors, phi: 1, name: "-")).macs) / macs
    }
    let (d, w, r) = (factors.depth, factors.width, factors.resolution)
    let slope = growth(exact, depth: 2) - 1
    let deep = 1 + slope * (d - 1)
    addsLargeLayers = slope > 1
    // The parabola through the widths 1, 2 and 4.
    let (two, four) = (growth(exact, width: 2), growth(exact, width: 4))
    let wide =
      (w - 2) * (w - 4) / 3 - two * (w - 1) * (w - 4) / 2 + four * (w - 1) * (w - 2) / 6
    repeats = growth(baseline, depth: d) / deep
    channels = growth(baseline, width: w) / wide
    maps = growth(baseline, resolution: r) / (r * r)
    (fixed, linear) = (deep / d, wide / (w * w))
  }

  /// A reason for a difference; see ``Rounding``.
  package enum Part: Hashable, CaseIterable, Sendable {
    case repeats, channels, maps, fixed, linear
  }

  /// The main reasons: of the parts that change the operations in the direction of the whole, the
  /// largest, and those of at least half of it.
  package var causes: [Part] {
    let changes = [repeats, channels, maps, fixed, linear].map { log($0) }
    let isUp = changes.reduce(0, +) > 0
    let sizes = changes.map { isUp ? $0 : -$0 }
    let most = sizes.max() ?? 0
    return zip(Part.allCases, sizes).filter { $0.1 > 1e-9 && $0.1 >= most / 2 }.map(\.0)
  }

  /// The causes in words, such as "maps round up at 33 pixels".
  package var words: String {
    causes.map { part in
      switch part {
      case .repeats:
        rule.roundsRepeatsToNearest ? "repeats are whole numbers" : "repeats are rounded up"
      case .channels: "channels are multiples of \(rule.multiple)"
      case .maps: "maps round up at \(pixels) pixels"
      case .fixed:
        addsLargeLayers
          ? "the layers that the depth adds take more operations than the average"
          : "the stem, the first layers of stages and the classifier do not grow with the depth"
      case .linear:
        "the stem, depthwise layers and the classifier grow with the width, not with its square"
      }
    }.joined(separator: ", ")
  }

  static let largerResolution = "use a larger --resolution"

  /// The remedies for the causes, such as "use a larger --resolution"; empty if rounding is not a
  /// cause.
  package var remedies: [String] {
    let isFine = rule == rule.fine
    var remedies: [String] = []
    if !isFine, causes.contains(.repeats) || causes.contains(.channels) {
      remedies.append("--fine rounds in smaller steps")
    }
    if isFine, causes.contains(.repeats) { remedies.append("a deeper baseline rounds less") }
    if isFine, causes.contains(.channels) { remedies.append("a wider baseline rounds less") }
    if causes.contains(.maps) { remedies.append(Self.largerResolution) }
    return remedies
  }
}

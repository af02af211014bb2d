internal import EfficientNet
internal import EfficientNetSystem

/// How whole repeats, channels and maps change the operations of a scaled network.
///
/// Each part is the operations of the baseline scaled in this dimension alone, over their exact
/// product: 1 without rounding, 2 if rounding doubles them. Strides round the side of a map up. So
/// one pixel more than a multiple of all strides together makes every map larger: with 33 pixels
/// instead of 32, B0 takes almost twice the operations.
package struct Rounding: Hashable, Encodable, Sendable {
  package let repeats, channels, maps: Double
  private let rule: ScalingRule
  /// The resolution of the scaled network.
  private let pixels: Int

  private enum CodingKeys: String, CodingKey { case repeats, channels, maps }

  /// Measures the rounding of a baseline scaled by factors on depth, width and resolution.
  init(_ baseline: Baseline, factors: CompoundCoefficients) {
    let macs = Double(NetworkCost(baseline.architecture).macs)
    rule = baseline.rule
    pixels = factors.scale(phi: 1, of: baseline.architecture).resolution
    func part(_ factors: CompoundCoefficients) -> Double {
      let scaled = baseline.shape(factors, phi: 1, name: "-")
      return Double(NetworkCost(scaled).macs) / macs / factors.cost
    }
    repeats = part(CompoundCoefficients(depth: factors.depth, width: 1, resolution: 1))
    channels = part(CompoundCoefficients(depth: 1, width: factors.width, resolution: 1))
    maps = part(CompoundCoefficients(depth: 1, width: 1, resolution: factors.resolution))
  }

  /// A part of a network that rounding changes.
  package enum Part: Hashable, CaseIterable, Sendable { case repeats, channels, maps }

  /// The parts that rounding changes most: the largest change, and those of at least half of it.
  package var causes: [Part] {
    let sizes = [abs(log(repeats)), abs(log(channels)), abs(log(maps))]
    let most = sizes.max() ?? 0
    return zip(Part.allCases, sizes).filter { $0.1 > 0 && $0.1 >= most / 2 }.map(\.0)
  }

  /// The causes in words, such as "maps round up at 33 pixels".
  package var words: String {
    causes.map { part in
      switch part {
      case .repeats:
        rule.roundsRepeatsToNearest ? "repeats are whole numbers" : "repeats are rounded up"
      case .channels: "channels are multiples of \(rule.multiple)"
      case .maps: "maps round up at \(pixels) pixels"
      }
    }.joined(separator: ", ")
  }

  /// The remedies for the causes, such as "use a larger --resolution".
  package var remedies: [String] {
    let isFine = rule == rule.fine
    var remedies: [String] = []
    if !isFine, causes != [.maps] { remedies.append("--fine rounds in smaller steps") }
    if isFine, causes.contains(.repeats) { remedies.append("a deeper baseline rounds less") }
    if isFine, causes.contains(.channels) { remedies.append("a wider baseline rounds less") }
    if causes.contains(.maps) { remedies.append("use a larger --resolution") }
    return remedies
  }
}

internal import EfficientNetCompute

/// The values of a feature map on the photos of a calibration.
///
/// In deep networks, the values of one photo may be a hundred times those of most others: it would
/// choose the range of all. So a photo whose values have the mean square m has a weight near 1 / m in
/// the counts, and near 1 / √m in the means; the minimum and the maximum are those of all photos.
///
/// In the counts, a channel has a weight near its importance, too: a channel whose error the next layer
/// multiplies by large weights needs small steps, however small its values are.
struct MapStatistics: Sendable {
  private(set) var minimum = Float.infinity
  private(set) var maximum = -Float.infinity
  /// The sums over all pixels of each channel, and of its squares.
  private var sums, squares: [Double]
  /// The weight of all pixels.
  private var pixels = 0.0
  /// The weights of values in bins of equal width from −limit to limit. The limit is a power of two,
  /// so they do not depend on the order of the photos.
  private(set) var counts = Array(repeating: 0.0, count: 2 * halfBins)
  private(set) var limit: Float = 0x1p-20

  private static let halfBins = 2048
  /// The weight of each channel in the counts: powers of two.
  private let channelWeights: [Double]

  /// - Parameter importance: See ``EfficientNet/Model/channelImportance()``; nil for equal channels.
  init(channels: Int, importance: [Double]? = nil) {
    (sums, squares) = (Array(repeating: 0, count: channels), Array(repeating: 0, count: channels))
    let mean = (importance ?? []).reduce(0, +) / Double(channels)
    channelWeights = (importance ?? Array(repeating: 1, count: channels)).map {
      // At most 1,000 times the weight of the mean, or as little.
      let exponent = $0 > 0 && mean > 0 ? ($0 / mean).exponent : importance == nil ? 0 : -10
      return Double(sign: .plus, exponent: min(max(exponent, -10), 10), significand: 1)
    }
  }

  /// The mean of each channel.
  var means: [Double] { sums.map { pixels > 0 ? $0 / pixels : 0 } }
  /// The mean square of each channel.
  var meanSquares: [Double] { squares.map { pixels > 0 ? $0 / pixels : 0 } }
  /// The width of a bin.
  var binWidth: Float { limit / Float(Self.halfBins) }
  /// The value in the middle of bin `bin`.
  func value(ofBin bin: Int) -> Float { (Float(bin - Self.halfBins) + 0.5) * binWidth }

  /// Adds the values of a photo's map, (pixel, channel).
  mutating func add(_ elements: [Float]) {
    let channels = sums.count
    var (low, high) = (Float.infinity, -Float.infinity)
    var squaredSum = 0.0
    for value in elements {
      low = min(low, value)
      high = max(high, value)
      squaredSum += Double(value) * Double(value)
    }
    // Sums of powers of two are exact, so they do not depend on the order of the photos.
    let exponent = squaredSum > 0 ? (squaredSum / Double(elements.count)).exponent : 0
    let weight = Double(sign: .plus, exponent: -exponent, significand: 1)
    let pixelWeight = Double(sign: .plus, exponent: -exponent / 2, significand: 1)
    (minimum, maximum) = (min(minimum, low), max(maximum, high))
    while limit <= max(-low, high) { double() }
    let binsPerUnit = Float(Self.halfBins) / limit
    for first in stride(from: 0, to: elements.count, by: channels) {
      for c in 0..<channels {
        let value = elements[first + c]
        sums[c] += pixelWeight * Double(value)
        squares[c] += pixelWeight * Double(value) * Double(value)
        // The product is exact, so a value never moves to another bin when the limit doubles.
        let place = value * binsPerUnit
        let whole = Int32(place)
        counts[Self.halfBins + Int(whole) - (Float(whole) > place ? 1 : 0)] +=
          weight * channelWeights[c]
      }
    }
    pixels += pixelWeight * Double(elements.count / channels)
  }

  /// Doubles the limit: two bins become one.
  private mutating func double() {
    var wider = Array(repeating: 0.0, count: counts.count)
    for (bin, count) in counts.enumerated() {
      wider[(bin + Self.halfBins) / 2] += count
    }
    counts = wider
    limit *= 2
  }

  /// Returns the value below which a share of the weights of all values lies, up to the width of a
  /// bin.
  func quantile(_ share: Double) -> Float {
    let wanted = share * counts.reduce(0, +)
    var below = 0.0
    for (bin, count) in counts.enumerated() {
      below += count
      if below >= wanted { return min(max(value(ofBin: bin), minimum), maximum) }
    }
    return maximum
  }
}

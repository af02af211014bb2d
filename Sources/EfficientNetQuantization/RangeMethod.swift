internal import EfficientNet

/// The choice of the range of numbers that the 256 codes of a feature map cover. Numbers outside
/// become the nearest code.
public enum RangeMethod: String, Hashable, Codable, Sendable, CaseIterable {
  /// The range with the least mean squared error, relative to the values of each photo and weighted
  /// with the weights that read each channel.
  case meanSquare = "mse"
  /// All but 0.01 % of the calibration's values; photos with large values count less.
  case percentile = "99.99"
  /// All of the calibration's values.
  case minMax = "min-max"
}

extension MapStatistics {
  /// Returns codes for the values. 0 has a code of its own.
  func codes(_ method: RangeMethod) -> Quantization.Codes {
    let (low, high) = (min(minimum, 0), max(maximum, 0))
    switch method {
    case .minMax: return Quantization.Codes(from: low, to: high)
    case .percentile:
      return Quantization.Codes(
        from: min(quantile(0.00005), 0), to: max(quantile(0.99995), 0))
    case .meanSquare:
      // The negative values of SiLU lie near their limit; only longer ranges may be cut.
      let lows = low < -0.3 ? Self.cuts.map { $0 * low } : [low]
      let candidates = lows.flatMap { low in
        Self.cuts.map { Quantization.Codes(from: low, to: $0 * high) }
      }
      let errors = candidates.map(squaredError)
      let best = errors.indices.min { errors[$0] < errors[$1] } ?? 0
      return candidates[best]
    }
  }

  /// The parts of a range that are tried, from 100 to 1 %.
  private static let cuts = Array(sequence(first: Float(1)) { $0 > 0.01 ? 0.9 * $0 : nil })

  /// The squared error of all values: half a step at most inside the range, the distance to it
  /// outside. Values that are nearly 0 have none: their code is that of 0, in any range.
  private func squaredError(_ codes: Quantization.Codes) -> Double {
    let low = -Float(codes.zeroPoint) * codes.scale
    let high = Float(255 - codes.zeroPoint) * codes.scale
    let inside = Double(codes.scale * codes.scale) / 12
    var error = 0.0
    for (bin, count) in counts.enumerated() where count > 0 {
      let value = value(ofBin: bin)
      if abs(value) < binWidth { continue }
      let outside = max(low - value, value - high, 0)
      error +=
        count * (outside > 0 ? Double(outside * outside) : min(inside, Double(value * value)))
    }
    return error
  }
}

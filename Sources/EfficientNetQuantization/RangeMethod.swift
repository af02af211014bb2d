internal import EfficientNet

/// The choice of the range of numbers that the 256 codes of a feature map cover. Numbers outside
/// become the nearest code.
public enum RangeMethod: String, Hashable, Codable, Sendable, CaseIterable {
  /// The range with the least mean squared error of the calibration's values.
  case meanSquare = "mse"
  /// All but 0.01 % of the calibration's values.
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

  /// The parts of a range that are tried, from 100 to 30 %.
  private static let cuts = (0...28).map { 1 - Float($0) * 0.025 }

  /// The squared error of all values: half a step at most inside the range, the distance to it
  /// outside.
  private func squaredError(_ codes: Quantization.Codes) -> Double {
    let low = -Float(codes.zeroPoint) * codes.scale
    let high = Float(255 - codes.zeroPoint) * codes.scale
    let inside = Double(codes.scale * codes.scale) / 12
    var error = 0.0
    for (bin, count) in counts.enumerated() where count > 0 {
      let value = value(ofBin: bin)
      let outside = max(low - value, value - high, 0)
      error += Double(count) * (outside > 0 ? Double(outside * outside) : inside)
    }
    return error
  }
}

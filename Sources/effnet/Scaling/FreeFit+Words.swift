import EfficientNet
import EfficientNetReports
import EfficientNetSearch

extension FreeFit.Choice {
  /// What was chosen, and what it promises.
  var lines: [String] {
    func points(_ share: Double) -> String { (100 * share).formatted(digits: 1) }
    return [
      "α \(coefficients.depth.formatted(digits: 3)), β \(coefficients.width.formatted(digits: 3)), "
        + "γ \(coefficients.resolution.formatted(digits: 3)), "
        + (coefficients == .paper
          ? "the paper's: of \(mixes.counted("mix", "mixes")) none promises more than it by the measured trade-off, beyond what that misses"
          : "the best of \(mixes.counted("mix", "mixes")) by the measured trade-off")
        + (skippedMixes > 0
          ? "; \(skippedMixes) more have no network, or no steady time, for the budget" : ""),
      "expected: \(points(gain)) points of top-1 over the baseline, the paper's α, β, γ \(points(paperGain)); "
        + "the trade-off misses its own \(self.points) networks by \(points(deviation)) points",
    ]
  }
}

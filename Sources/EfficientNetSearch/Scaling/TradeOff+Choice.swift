package import EfficientNet

extension TradeOff {
  /// Mixes that are scaled to the budget, beside the paper's.
  private static let mostMixes = 6

  /// What was chosen, and what it was chosen from.
  package struct Choice: Encodable {
    /// For each step of φ.
    package let coefficients: CompoundCoefficients
    /// Of top-1 over the baseline's, by the trade-off; no farther than was measured.
    package let gain: Double
    /// That of the paper's α, β and γ at the same budget.
    package let paperGain: Double
    /// The mixes that were scaled to the budget, the paper's among them.
    package let mixes: Int
    /// Mixes that have no network for the budget, or none whose time is steady.
    package let skippedMixes: Int
    /// Networks that the trade-off was fitted to.
    package let points: Int
    /// The root mean square of what it misses.
    package let deviation: Double
  }

  /// The network of a budget that promises most, whatever its mix of depth, width and resolution, why
  /// it, and how many networks were looked at for all mixes together.
  ///
  /// - Parameter fit: The search along one direction.
  /// - Throws: ``FitError``.
  package func choose(
    _ fit: (CompoundCoefficients) -> BudgetFit,
    show: (_ network: Architecture, _ cost: Double) -> Void
  ) throws -> (result: BudgetFit.Result, choice: Choice, trials: Int) {
    let paper = CompoundCoefficients.paper
    let compound = try fit(paper).run(show: show)
    let factors = paper.factors(phi: compound.phi)
    guard compound.phi >= 0 else { throw FitError.shrinking }
    let doublings = Self.doublings(of: factors)
    var best = (result: compound, coefficients: paper, gain: gain(factors))
    let paperGain = best.gain
    var (tried, skipped, trials) = (1, 0, compound.trials)
    for mix in mixes(doublings: doublings).prefix(Self.mostMixes) {
      let result: BudgetFit.Result
      do {
        result = try fit(mix).run(show: show)
      } catch is FitError {
        // Depth alone, for one, ends where the blocks are too many.
        skipped += 1
        continue
      }
      tried += 1
      trials += result.trials
      let gain = gain(mix.factors(phi: result.phi))
      // What the trade-off may have from chance is no reason to leave the paper's choice.
      if gain > max(best.gain, paperGain + deviation) {
        best = (result, mix, gain)
      }
    }
    return (
      best.result,
      Choice(
        coefficients: best.coefficients, gain: best.gain, paperGain: paperGain,
        mixes: tried, skippedMixes: skipped, points: points, deviation: deviation),
      trials
    )
  }
}

package import EfficientNet
internal import EfficientNetSystem

extension TradeOff {
  /// The number of mixes that are scaled to the budget, besides the paper's.
  private static let mostMixes = 6

  /// The chosen coefficients and the basis of the choice.
  package struct Choice: Encodable {
    /// The coefficients per step of φ.
    package let coefficients: CompoundCoefficients
    /// The predicted gain of top-1 over the baseline, not extrapolated beyond the measured range.
    package let gain: Double
    /// The predicted gain of the paper's α, β and γ at the same budget.
    package let paperGain: Double
    /// The 95 % margins of ``gain`` and ``paperGain``; see ``TradeOff/gainMargin(_:)``.
    package let gainMargin, paperGainMargin: Double
    /// The number of mixes that were scaled to the budget, including the paper's.
    package let mixes: Int
    /// The number of mixes without a network for the budget, or without a steady time.
    package let skippedMixes: Int
    /// The number of networks that the trade-off was fitted to.
    package let points: Int
    /// The root mean square error of the fit.
    package let deviation: Double
    /// The conclusion of the experiment, and the largest margin of a difference in it; see
    /// ``TradeOff/verdict`` and ``TradeOff/margin``.
    package let verdict: Verdict?
    package let margin: Double?
    /// The product of the network's factors on the operations.
    package let operations: Double
    /// The largest product of factors in the experiment. Beyond it, ``gain`` is that of this
    /// product.
    package let measuredOperations: Double
  }

  /// Chooses the mix of depth, width and resolution with the best predicted accuracy within a
  /// budget.
  ///
  /// - Parameters:
  ///   - fit: Returns the search along one direction.
  ///   - show: Receives each examined network with its cost.
  /// - Returns: The network, the reasons for it, and the number of examined networks of all mixes
  ///   together.
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
        // For example, a network scaled in depth alone reaches the maximum number of blocks.
        skipped += 1
        continue
      }
      tried += 1
      trials += result.trials
      let gain = gain(mix.factors(phi: result.phi))
      // A difference within the error of the fit is no reason to leave the paper's choice.
      if gain > max(best.gain, paperGain + deviation) {
        best = (result, mix, gain)
      }
    }
    return (
      best.result,
      Choice(
        coefficients: best.coefficients, gain: best.gain, paperGain: paperGain,
        gainMargin: gainMargin(best.coefficients.factors(phi: best.result.phi)),
        paperGainMargin: gainMargin(factors),
        mixes: tried, skippedMixes: skipped, points: points, deviation: deviation,
        verdict: verdict, margin: margin,
        operations: best.coefficients.factors(phi: best.result.phi).cost,
        measuredOperations: exp2(mostDoublings)),
      trials
    )
  }
}

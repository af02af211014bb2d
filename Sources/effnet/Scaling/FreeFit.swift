#if Tools
  import EfficientNet
  import EfficientNetSearch

  /// Looks for the network of a budget that promises most by a measured trade-off, whatever its mix of depth, width and resolution.
  struct FreeFit {
    let tradeOff: TradeOff
    /// The search along one direction.
    let fit: (CompoundCoefficients) -> BudgetFit

    /// Mixes that are scaled to the budget, beside the paper's.
    private static let mostMixes = 6

    /// What was chosen, and what it was chosen from.
    struct Choice: Encodable {
      /// For each step of φ.
      let coefficients: CompoundCoefficients
      /// Of top-1 over the baseline's, by the trade-off; no farther than was measured.
      let gain: Double
      /// That of the paper's α, β and γ at the same budget.
      let paperGain: Double
      /// The mixes that were scaled to the budget.
      let mixes: Int
      /// Networks that the trade-off was fitted to.
      let points: Int
      /// The root mean square of what it misses.
      let deviation: Double

      private enum CodingKeys: String, CodingKey {
        case coefficients, gain, mixes, points, deviation
        case paperGain = "paper_gain"
      }

      var lines: [String] {
        func points(_ share: Double) -> String { (100 * share).formatted(digits: 1) }
        return [
          "α \(coefficients.depth.formatted(digits: 3)), β \(coefficients.width.formatted(digits: 3)), "
            + "γ \(coefficients.resolution.formatted(digits: 3)), the best of \(mixes) mixes by the measured trade-off",
          "expected: \(points(gain)) points of top-1 over the baseline, the paper's α, β, γ \(points(paperGain)); "
            + "the trade-off misses its own \(self.points) networks by \(points(deviation)) points",
        ]
      }
    }

    /// The network, and why it.
    ///
    /// - Throws: ``FitError``, ``Interruption``.
    func run(
      show: (_ network: Architecture, _ cost: Double) -> Void
    ) throws -> (BudgetFit.Result, Choice) {
      let paper = CompoundCoefficients.paper
      let compound = try fit(paper).run(show: show)
      let factors = paper.factors(phi: compound.phi)
      guard compound.phi > 0 else { throw FitError.shrinking }
      let doublings = TradeOff.doublings(of: factors)
      var best = (result: compound, coefficients: paper, gain: tradeOff.gain(factors))
      let paperGain = best.gain
      let mixes = tradeOff.mixes(doublings: doublings).prefix(Self.mostMixes)
      for mix in mixes {
        // A mix may have nothing that fits as well: depth alone has few steps.
        guard let result = try? fit(mix.coefficients).run(show: show) else {
          try Interruption.check()
          continue
        }
        let gain = tradeOff.gain(mix.coefficients.factors(phi: result.phi))
        if gain > best.gain { best = (result, mix.coefficients, gain) }
      }
      return (
        best.result,
        Choice(
          coefficients: best.coefficients, gain: best.gain, paperGain: paperGain,
          mixes: mixes.count + 1, points: tradeOff.points, deviation: tradeOff.deviation)
      )
    }
  }
#endif

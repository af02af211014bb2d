internal import EfficientNetSystem

/// The largest φ whose cost is within a budget, where cost grows with φ.
///
///     var search = BudgetSearch(budget: 20, in: -8...12)
///     while let phi = search.next { search.add(cost: measure(phi), at: phi) }
///     search.best   // the largest φ that was tried and fits
///
/// Costs are steps, since repeats, channels and pixels are whole numbers: the search ends when a cost is close enough below the
/// budget, or when φ is known to a ten-thousandth. They may be measured with noise: whoever measures ``best`` or ``over`` anew and
/// adds that goes on searching. A cost may be infinite, for what cannot be built.
package struct BudgetSearch: Sendable {
  /// One φ that was tried.
  package struct Trial: Hashable, Sendable {
    package let phi, cost: Double
  }

  package let budget: Double
  /// The share of the budget from which on a cost is close enough.
  package let closeness: Double
  /// φ is looked for in steps of this, so that it can be named.
  private static let step = 1e-4
  package private(set) var trials: [Trial] = []
  package let range: ClosedRange<Double>
  /// How often a step of φ doubles the cost, about.
  private let doublings: Double

  /// A search.
  ///
  /// - Parameters:
  ///   - closeness: Above 1 to look for the last step that fits.
  ///   - doublings: How often a step of φ doubles the cost, about.
  ///   - range: Where to look.
  /// - Precondition: `doublings` is above 0.
  package init(
    budget: Double, closeness: Double = 1.01, doublings: Double = 1, in range: ClosedRange<Double>
  ) {
    precondition(doublings > 0, "a cost that doubles \(doublings) times does not grow")
    (self.budget, self.closeness, self.range) = (budget, closeness, range)
    self.doublings = doublings
  }

  /// Notes what a φ costs, in place of what was known of it.
  package mutating func add(cost: Double, at phi: Double) {
    trials.removeAll { $0.phi == phi }
    trials.append(Trial(phi: phi, cost: cost))
  }

  /// The largest φ that fits; nil as long as there is none.
  package var best: Trial? {
    trials.filter { $0.cost <= budget }.max { $0.phi < $1.phi }
  }

  /// The smallest φ above ``best`` that does not fit.
  package var over: Trial? {
    trials.filter { $0.cost > budget && $0.phi > (best?.phi ?? -.infinity) }
      .min { $0.phi < $1.phi }
  }

  /// Whether ``best`` is close enough to the budget.
  package var isClose: Bool { best.map { $0.cost >= closeness * budget } ?? false }

  /// The φ to try next; nil when there is nothing more to find.
  package var next: Double? {
    guard let best else {
      // Nothing fits yet: go down.
      guard let over else { return clamped(0) }
      return over.phi > range.lowerBound
        ? clamped(min(over.phi - 0.25 / doublings, guess(from: over))) : nil
    }
    if isClose { return nil }
    guard let over else {
      return best.phi < range.upperBound
        ? clamped(max(best.phi + 0.25 / doublings, guess(from: best))) : nil
    }
    let gap = over.phi - best.phi
    guard gap > 1.5 * Self.step else { return nil }
    // Costs grow like a power between the two; never so close to an end that nothing is learned.
    let share =
      over.cost.isFinite ? log2(budget / best.cost) / log2(over.cost / best.cost) : 0.5
    let phi = best.phi + gap * min(0.75, max(0.25, share.isFinite ? share : 0.5))
    return clamped(min(max(phi, best.phi + Self.step), over.phi - Self.step))
  }

  /// Where the budget would be met if nothing were rounded.
  private func guess(from trial: Trial) -> Double {
    trial.phi + log2(budget / trial.cost) / doublings
  }

  private func clamped(_ phi: Double) -> Double {
    let rounded = (phi / Self.step).rounded() * Self.step
    return min(max(rounded, range.lowerBound), range.upperBound)
  }
}

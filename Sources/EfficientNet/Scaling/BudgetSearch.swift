internal import EfficientNetSystem

/// A search for the largest φ whose cost is within a budget. The cost grows with φ.
///
///     var search = BudgetSearch(budget: 20, in: -8...12)
///     while let phi = search.next { search.add(cost: measure(phi), at: phi) }
///     search.best   // the largest φ that was tried and fits
///
/// Costs grow in steps, since repeats, channels and pixels are integers. The search ends when a
/// cost is close enough below the budget, or when φ is known to a ten-thousandth. Costs may be
/// measured with noise: adding a new measurement of `best` or `over` continues the search. The cost
/// of a network that cannot be built may be infinite.
package struct BudgetSearch: Sendable {
  package struct Trial: Hashable, Sendable {
    package let phi, cost: Double
  }

  package let budget: Double
  /// Costs of at least this share of the budget are close enough.
  package let closeness: Double
  /// The step of φ, which keeps its decimal form short.
  private static let step = 1e-4
  package private(set) var trials: [Trial] = []
  package let range: ClosedRange<Double>
  /// The approximate number of doublings of the cost per step of φ.
  private let doublings: Double

  /// Begins a search.
  ///
  /// - Parameters:
  ///   - closeness: Costs of at least this share of the budget end the search; above 1 to find the
  ///     exact last step that fits.
  ///   - doublings: The approximate number of doublings of the cost per step of φ.
  ///   - range: The values of φ to search.
  /// - Precondition: `doublings` is above 0.
  package init(
    budget: Double, closeness: Double = 1.01, doublings: Double = 1, in range: ClosedRange<Double>
  ) {
    precondition(doublings > 0, "a cost that doubles \(doublings) times does not grow")
    (self.budget, self.closeness, self.range) = (budget, closeness, range)
    self.doublings = doublings
  }

  /// Records the cost of a φ, replacing an earlier one.
  package mutating func add(cost: Double, at phi: Double) {
    trials.removeAll { $0.phi == phi }
    trials.append(Trial(phi: phi, cost: cost))
  }

  /// The largest φ within the budget so far; nil if there is none.
  package var best: Trial? {
    trials.filter { $0.cost <= budget }.max { $0.phi < $1.phi }
  }

  /// The smallest φ above `best` that exceeds the budget.
  package var over: Trial? {
    trials.filter { $0.cost > budget && $0.phi > (best?.phi ?? -.infinity) }
      .min { $0.phi < $1.phi }
  }

  package var isClose: Bool { best.map { $0.cost >= closeness * budget } ?? false }

  /// The φ to try next; nil when the search is finished.
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
    // The cost grows about exponentially from `best` to `over`. Each trial lies in the
    // middle half of the range between them, so that it narrows the range.
    let share = over.cost.isFinite ? log2(budget / best.cost) / log2(over.cost / best.cost) : 0.5
    let phi = best.phi + gap * min(0.75, max(0.25, share.isFinite ? share : 0.5))
    return clamped(min(max(phi, best.phi + Self.step), over.phi - Self.step))
  }

  /// Returns the φ that would meet the budget if nothing were rounded.
  private func guess(from trial: Trial) -> Double {
    trial.phi + log2(budget / trial.cost) / doublings
  }

  private func clamped(_ phi: Double) -> Double {
    let rounded = (phi / Self.step).rounded() * Self.step
    return min(max(rounded, range.lowerBound), range.upperBound)
  }
}

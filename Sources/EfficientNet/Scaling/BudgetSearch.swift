#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The largest φ whose cost is within a budget, where cost grows with φ.
///
///     var search = BudgetSearch(budget: 20, in: -8...12)
///     while let phi = search.next { search.add(cost: measure(phi), at: phi) }
///     search.best   // the largest φ that was tried and fits
///
/// Costs are steps, since repeats, channels and pixels are whole numbers, and may be measured with noise: so the search ends
/// when a cost is close enough below the budget, or when φ is known to a ten-thousandth.
public struct BudgetSearch: Sendable {
  /// One φ that was tried.
  public struct Trial: Hashable, Sendable {
    /// Where.
    public let phi: Double
    /// What it costs.
    public let cost: Double
  }

  /// What may be spent.
  public let budget: Double
  /// The share of the budget from which on a cost is close enough.
  public let closeness: Double
  /// φ is looked for in steps of this, so that it can be named.
  private static let step = 1e-4
  /// The trials, in their order.
  public private(set) var trials: [Trial] = []
  /// The smallest and the largest φ.
  public let range: ClosedRange<Double>

  /// A search.
  ///
  /// - Parameters:
  ///   - closeness: Above 1 to look for the last step that fits.
  ///   - range: Where to look.
  public init(budget: Double, closeness: Double = 1.01, in range: ClosedRange<Double>) {
    (self.budget, self.closeness, self.range) = (budget, closeness, range)
  }

  /// Notes what a φ costs, in place of what was known of it.
  public mutating func add(cost: Double, at phi: Double) {
    trials.removeAll { $0.phi == phi }
    trials.append(Trial(phi: phi, cost: cost))
  }

  /// The largest φ that fits; nil as long as there is none.
  public var best: Trial? {
    trials.filter { $0.cost <= budget }.max { $0.phi < $1.phi }
  }

  /// The smallest φ above ``best`` that does not fit.
  private var over: Trial? {
    trials.filter { $0.cost > budget && $0.phi > (best?.phi ?? -.infinity) }
      .min { $0.phi < $1.phi }
  }

  /// The φ to try next; nil when there is nothing more to find.
  public var next: Double? {
    guard let last = trials.last else { return min(max(0, range.lowerBound), range.upperBound) }
    guard let best else {
      // Nothing fits yet: go down.
      return last.phi > range.lowerBound
        ? clamped(min(last.phi - 0.25, guess(from: last))) : nil
    }
    if best.cost >= closeness * budget { return nil }
    guard let over else {
      return best.phi < range.upperBound
        ? clamped(max(best.phi + 0.25, guess(from: best))) : nil
    }
    let gap = over.phi - best.phi
    guard gap > 1.5 * Self.step else { return nil }
    // Costs grow like a power between the two; never so close to an end that nothing is learned.
    let share = log2(budget / best.cost) / log2(over.cost / best.cost)
    let phi = best.phi + gap * min(0.75, max(0.25, share.isFinite ? share : 0.5))
    return clamped(min(max(phi, best.phi + Self.step), over.phi - Self.step))
  }

  /// Where the budget would be met if cost doubled with each step of φ.
  private func guess(from trial: Trial) -> Double {
    trial.phi + log2(budget / trial.cost)
  }

  private func clamped(_ phi: Double) -> Double {
    let rounded = (phi / Self.step).rounded() * Self.step
    return min(max(rounded, range.lowerBound), range.upperBound)
  }
}

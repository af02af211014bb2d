import EfficientNet
import Foundation
import Testing

@testable import EfficientNetSearch
@testable import effnet

/// The search for the largest network within a time, with a simulated clock: times are
/// multiply-adds, with steps and outliers.
@Suite("The largest network within a time")
struct BudgetFitTests {
  private static let b0 = Baseline(
    Family.efficientNet.architecture(
      name: "b0", scale: CompoundScale(width: 1, depth: 1, resolution: 224, dropout: 0.2)))
  /// B0's time: a millisecond for each million multiply-adds.
  private static let b0Time = time(b0.architecture)
  private static func time(_ network: Architecture) -> Double {
    Double(NetworkCost(network).macs) / 1e6
  }

  private func fit(
    _ milliseconds: Double, _ coefficients: CompoundCoefficients = .paper,
    measure: @escaping (Architecture, Double) throws -> Double
  ) throws -> BudgetFit {
    BudgetFit(
      baseline: Self.b0, coefficients: coefficients,
      budget: try #require(Budget(.latency, "\(milliseconds)ms")),
      settings: LatencySettings(threads: 1, batch: 1, precision: .float32), measure: measure)
  }

  /// The first measurement of every n-th network is three times as long.
  private final class Clock {
    private var measured: [Architecture: Int] = [:]
    var impressions = 0

    func milliseconds(_ network: Architecture, every: Int) -> Double {
      measured[Self.key(network), default: 0] += 1
      let time = BudgetFitTests.time(network)
      guard count(network) == 1 else { return time * 1.02 }
      impressions += 1
      return impressions % every == 0 ? 3 * time : time
    }

    /// The number of measurements of a network, whatever its φ.
    func count(_ network: Architecture) -> Int { measured[Self.key(network)] ?? 0 }

    /// The number of measurements of the network that was measured most often.
    var most: Int { measured.values.max() ?? 0 }

    private static func key(_ network: Architecture) -> Architecture {
      var key = network
      (key.name, key.dropout) = ("", 0)
      return key
    }
  }

  @Test("outliers do not decide", arguments: [2, 3, 4, 1000], [200.0, 400, 700, 5000])
  func outliers(every: Int, budget: Double) throws {
    let clock = Clock()
    let found = try fit(budget) { network, _ in clock.milliseconds(network, every: every) }
      .run { _, _ in }
    let share = found.cost / budget
    #expect(found.cost == 1.02 * Self.time(found.network) && share <= 1, "\(share)")
    #expect(clock.count(found.network) >= 2)
    guard share < 0.94 else { return }
    guard case .step(let next) = found.bound else { Issue.record("\(found.bound)"); return }
    #expect(next > budget)
    let exact = BudgetFit(
      baseline: Self.b0, coefficients: .paper,
      budget: try #require(Budget(.macs, "\(budget / 1.02)M")),
      settings: LatencySettings(threads: 1, batch: 1, precision: .float32), measure: { _, _ in 0 })
    #expect(try Self.time(exact.run { _, _ in }.network) == Self.time(found.network))
  }

  @Test("a budget that a step leaves unused is explained by the time of the next network")
  func steps() throws {
    // Only the depth grows: the smallest growth adds a block to every stage.
    let deep = CompoundCoefficients(depth: 2, width: 1, resolution: 1)
    let found = try fit(1.4 * Self.b0Time, deep) { network, _ in Self.time(network) }.run { _, _ in
    }
    #expect(found.network.stages == Self.b0.architecture.stages)
    guard case .step(let next) = found.bound else { Issue.record("\(found.bound)"); return }
    #expect(next > 1.4 * Self.b0Time && next < 2 * Self.b0Time)
    // Few networks exist. Each is measured once, and the two that decide twice.
    #expect(found.trials < 30)
  }

  @Test("only disagreeing times of one network are an error")
  func restless() throws {
    let clock = Clock()
    let restless = try fit(500) { network, _ in
      let time = clock.milliseconds(network, every: 1000)
      return time * pow(1.3, Double(clock.count(network) - 1))
    }
    let error = try #require(throws: FitError.self) { try restless.run { _, _ in } }
    guard case .restless(_, let network, _, _) = error else { Issue.record("\(error)"); return }
    #expect("\(error)".contains("\(network) took ") && clock.most == 6)
  }

  @Test(
    "a budget below the smallest network is an error, one near the largest is at least half used")
  func ends() throws {
    let error = try #require(throws: FitError.self) {
      try fit(1e-5) { network, _ in Self.time(network) }.run { _, _ in }
    }
    guard case .tooSmall(_, let smallest) = error else { Issue.record("not too small"); return }
    #expect(smallest < 0.1 && "\(error)".contains("smallest network takes 0.0"), "\(error)")
    for (operations, isFound) in [("1e30", false), ("1e17", false), ("400G", true)] {
      let fit = BudgetFit(
        baseline: Self.b0, coefficients: .paper, budget: try #require(Budget(.macs, operations)),
        settings: LatencySettings(threads: 1, batch: 1, precision: .float32),
        measure: { _, _ in 0 })
      guard isFound else {
        let error = try #require(throws: FitError.self) { try fit.run { _, _ in } }
        guard case .beyond = error else { Issue.record("\(error)"); return }
        continue
      }
      let found = try fit.run { _, _ in }
      try found.network.validate()
      #expect(found.cost <= 400e9 && found.cost > 200e9)
    }
  }

  // MARK: - Free mixes

  private struct Broken: Error {}

  /// An experiment in which resolution improves accuracy most.
  private var tradeOff: TradeOff {
    get throws {
      var points: [(factors: CompoundCoefficients, top1: Double)] = []
      for index in 0..<12 {
        let depth = 1 + 0.1 * Double(index % 3)
        let width = 1 + 0.1 * Double(index % 4)
        let resolution = 1 + 0.1 * Double(index % 5)
        let factors = CompoundCoefficients(depth: depth, width: width, resolution: resolution)
        points.append((factors, 0.5 + 0.1 * log2(resolution) + 0.01 * log2(depth)))
      }
      return try #require(TradeOff(points, of: SearchSpace.efficientNet.reference))
    }
  }

  private func free(
    _ budget: Double, measure: @escaping (Architecture, CompoundCoefficients) throws -> Double
  ) throws -> (result: BudgetFit.Result, choice: TradeOff.Choice, trials: Int) {
    let budget = try #require(Budget(.latency, "\(budget)ms"))
    func fit(_ coefficients: CompoundCoefficients) -> BudgetFit {
      BudgetFit(
        baseline: Self.b0, coefficients: coefficients, budget: budget,
        settings: LatencySettings(threads: 1, batch: 1, precision: .float32)
      ) { network, _ in try measure(network, coefficients) }
    }
    return try tradeOff.choose(fit) { _, _ in }
  }

  @Test("tried and skipped mixes are counted separately")
  func mixes() throws {
    let all = try free(800) { network, _ in Self.time(network) }
    #expect(all.choice.mixes == 7 && all.choice.skippedMixes == 0)
    #expect(all.trials > all.result.trials && all.result.cost <= 800)
    #expect(all.choice.gain > all.choice.paperGain)
    let paperOnly = try free(800) { network, coefficients in
      guard coefficients == .paper else { throw FitError.shrinking }
      return Self.time(network)
    }
    #expect(paperOnly.choice.mixes == 1 && paperOnly.choice.skippedMixes == 6)
    #expect(paperOnly.choice.lines[0].contains("none of 1 mix is better by more than its error"))
    #expect(paperOnly.choice.lines[0].contains("; 6 more have no network"))
  }

  @Test("an error of a measurement is thrown, not counted as a skipped mix")
  func broken() {
    #expect(throws: Broken.self) {
      try free(800) { network, coefficients in
        guard coefficients == .paper else { throw Broken() }
        return Self.time(network)
      }
    }
  }

  @Test("a budget slightly above the baseline's time gives the baseline")
  func justTheBaseline() throws {
    let found = try free(1.02 * Self.b0Time) { network, _ in Self.time(network) }
    #expect(found.result.phi >= 0 && found.result.cost <= 1.02 * Self.b0Time)
    #expect(throws: FitError.shrinking) {
      try free(0.9 * Self.b0Time) { network, _ in Self.time(network) }
    }
  }

  // MARK: - Amounts

  @Test(
    "amounts are read with their units, in any case",
    arguments: [
      (Budget.Kind.macs, "0.5B", 5e8), (.macs, "0.5g", 5e8), (.macs, "500M", 5e8),
      (.macs, "2t", 2e12), (.macs, "12", 12), (.parameters, "66k", 66e3), (.parameters, "1b", 1e9),
      (.memory, "200mb", 2e8), (.memory, "0.001TB", 1e9), (.memory, "2000000B", 2e6),
      (.latency, "20ms", 20), (.latency, "1.5s", 1500),
    ])
  func reads(kind: Budget.Kind, text: String, amount: Double) {
    #expect(Budget(kind, text)?.amount == amount)
  }

  @Test(
    "amounts with other units are refused",
    arguments: [
      (Budget.Kind.macs, "500MB"), (.macs, "5P"), (.macs, "B"), (.macs, "20ms"),
      (.parameters, "1 GB"), (.memory, "200M"), (.memory, "5"), (.latency, "5"), (.latency, "5M"),
    ])
  func refuses(kind: Budget.Kind, text: String) { #expect(Budget(kind, text) == nil) }

  @Test(
    "amounts are printed with their significant digits",
    arguments: [
      (Budget.Kind.latency, 0.01234, "0.0123 ms"), (.latency, 5, "5.00 ms"),
      (.latency, 1234.5, "1235 ms"), (.latency, 1e-20, "1e-20 ms"), (.macs, 100, "100 MACs"),
      (.macs, 385.8e6, "385.8 M MACs"), (.macs, 0.5, "0.5000 MACs"), (.macs, 1e30, "1e+21 G MACs"),
      (.parameters, 34567, "34,567 parameters"), (.parameters, 5_288_548, "5.289 M parameters"),
      (.memory, 60e6, "60.00 MB"), (.memory, 1500, "1,500 bytes"),
    ])
  func words(kind: Budget.Kind, amount: Double, words: String) throws {
    let budget = try #require(
      Budget(kind, kind == .latency ? "1s" : kind == .memory ? "1KB" : "1K"))
    #expect(budget.amount == 1000 && budget.words(amount) == words)
  }
}

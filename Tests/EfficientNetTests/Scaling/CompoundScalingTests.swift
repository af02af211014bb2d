import EfficientNet
import EfficientNetCompute
import Testing

/// Compound scaling by coefficients, and the search for the largest network within a budget.
@Suite("Compound scaling")
struct CompoundScalingTests {
  private let paper = CompoundCoefficients.paper

  @Test("the paper's coefficients meet its constraint, others do not")
  func constraint() {
    #expect(abs(paper.cost - 1.920_27) < 1e-9 && paper.meets())
    #expect(!CompoundCoefficients(depth: 1.2, width: 1.2, resolution: 1.15).meets())
    #expect(!CompoundCoefficients(depth: 0.9, width: 1.3, resolution: 1.15).meets())
    #expect(CompoundCoefficients(depth: 2, width: 1, resolution: 1).meets())
  }

  /// Source: equation 3 and the paper's coefficients.
  @Test(
    "factors equal the paper's",
    arguments: [
      (1.0, 1.2, 1.1, 258), (2, 1.44, 1.21, 296), (3, 1.728, 1.331, 341), (4, 2.074, 1.464, 392),
      (5, 2.488, 1.611, 451), (6, 2.986, 1.772, 518), (7, 3.583, 1.949, 596),
    ])
  func factors(phi: Double, depth: Double, width: Double, resolution: Int) throws {
    let scale = paper.scale(phi: phi, of: try Variant(named: "b0").architecture)
    #expect(abs(scale.depth - depth) < 5e-4 && abs(scale.width - width) < 5e-4)
    // 450.54 pixels become 451.
    #expect(scale.resolution == resolution)
    #expect(abs(scale.dropout - (0.2 + 0.3 * phi / 7)) < 1e-12)
  }

  @Test(
    "useless factors give networks that are refused, and never end the process",
    arguments: [-1, 0, -1e300, 1e300, -.infinity, .infinity, .nan] as [Double])
  func uselessFactors(factor: Double) throws {
    let b0 = try Variant(named: "b0").architecture
    let scale = CompoundScale(width: factor, depth: factor, resolution: 32, dropout: 0.2)
    #expect(
      (1...1_000_008).contains(scale.channels(32)) && (1...1_000_000).contains(scale.repeats(3)))
    let coefficients = CompoundCoefficients(depth: factor, width: factor, resolution: factor)
    for phi in [factor, 1, -1] {
      let found = coefficients.scale(phi: phi, of: b0)
      #expect((1...1_000_000).contains(found.resolution))
      _ = Baseline(b0).network(coefficients, phi: phi)
    }
  }

  @Test(
    "φ = 0 is the baseline",
    arguments: [
      "b0", "b3", "lite0", "mobilenet-v1", "mobilenet-v2", "resnet-50-style", "v2-b0",
    ])
  func zero(name: String) throws {
    let variant = try Variant(named: name)
    var network = Baseline(variant).network(paper, phi: 0)
    #expect(network.name == "\(name)-phi0")
    network.name = name
    #expect(network == variant.architecture)
  }

  @Test("a factor of exactly 1 changes nothing, whatever the channels", arguments: [false, true])
  func ones(fine: Bool) throws {
    let odd = Architecture(
      name: "odd", resolution: 24, stem: 12,
      stages: [
        .mbConv(expand: 1, kernel: 3, stride: 1, channels: 9, repeats: 1),
        .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 28, repeats: 3, expandedFrom: 13),
      ], head: 163, activation: .silu, dropout: 0.2)
    let baseline = Baseline(odd, rule: fine ? .released.fine : .released)
    var network = baseline.network(paper, phi: 0)
    network.name = odd.name
    #expect(network == odd)
    let sharp = CompoundCoefficients(depth: 1, width: 1, resolution: 1.4)
    network = baseline.network(sharp, phi: 1)
    #expect(network.resolution == 34 && network.stages == odd.stages)
    #expect(network.stem == 12 && network.head == 163)
    #expect(CompoundScale(width: 1, depth: 1, resolution: 24, dropout: 0).channels(12) == 12)
  }

  @Test(
    "very large and very small factors give valid networks or are refused",
    arguments: [0.1, 1, 10], [-1e6, -20, 20, 1000, .infinity])
  func extremes(factor: Double, phi: Double) throws {
    for name in ["b0", "lite0", "mobilenet-v2", "resnet-50-style"] {
      let variant = try Variant(named: name)
      let released = Baseline(variant)
      for baseline in [released, Baseline(variant.architecture, rule: released.rule.fine)] {
        for (alpha, beta, gamma) in [
          (factor, 1.0, 1.0), (1, factor, 1), (1, 1, factor), (factor, factor, factor),
        ] {
          let coefficients = CompoundCoefficients(depth: alpha, width: beta, resolution: gamma)
          let scale = coefficients.scale(phi: phi, of: baseline.architecture)
          let network = baseline.network(scale, name: "far")
          if factor == 1 || (factor > 1) == (phi < 0) {
            // Nothing grows: at least one block, one pixel and one multiple of channels remain.
            try network.validate()
          } else {
            #expect(throws: ArchitectureError.self, "\(name) × \(coefficients)^\(phi)") {
              try network.validate()
            }
          }
        }
      }
    }
  }

  @Test("the memory of a plan is that of an engine", arguments: ["float32", "bfloat16"])
  func memory(precision: String) throws {
    let precision = precision == "float32" ? Precision.float32 : .bfloat16
    for name in ["mnasnet-small", "mobilenet-v1"] {
      let network = try Variant(named: name).architecture
      let memory = Plan(network, precision: precision)
      let engine = try Engine(
        network, weights: Weights(untrained: network, seed: 0), precision: precision)
      #expect(memory.weightBytes == engine.weightBytes)
      #expect(memory.bytesPerImage == engine.bytesPerImage)
    }
  }

  @Test("the parameters of B0 and MobileNetV2 are exact")
  func costs() throws {
    let b0 = NetworkCost(Baseline(try Variant(named: "b0")).network(paper, phi: 0))
    #expect(b0.parameters == 5_288_548)
    #expect(NetworkCost(try Variant(named: "mobilenet-v2").architecture).parameters == 3_504_872)
  }

  /// Table 3 of the paper has 0.6 and 2.2 billion for MobileNetV1, 0.3 and 1.1 for MobileNetV2, and
  /// 4.1 and 14.7 for ResNet-50, whose true counts are 4.09 and 16.2.
  @Test(
    "baselines of other families have the expected costs, also at twice the width",
    arguments: [
      ("mobilenet-v1", 0.57, 2.22), ("mobilenet-v2", 0.30, 1.14), ("resnet-50-style", 4.03, 16.07),
    ])
  func families(name: String, baseline: Double, wide: Double) throws {
    let variant = try Variant(named: name)
    func cost(_ width: Double) throws -> Double {
      let scale = CompoundScale(width: width, depth: 1, resolution: 224, dropout: 0)
      let network = Baseline(variant).network(scale, name: "wide")
      try network.validate()
      return Double(NetworkCost(network).macs) / 1e9
    }
    #expect(abs(try cost(1) / baseline - 1) < 0.02)
    #expect(abs(try cost(2) / wide - 1) < 0.01)
  }

  @Test("rules of families hold at every φ")
  func rules() throws {
    let lite = Baseline(try Variant(named: "lite0"))
    let network = lite.network(paper, phi: 3)
    #expect(network.stem == lite.architecture.stem && network.head == lite.architecture.head)
    #expect(network.stages.first?.repeats == 1 && network.stages[2].repeats > 2)
  }

  /// Searches over costs that grow like 2^φ in steps of a tenth of φ.
  private func found(_ budget: Double, closeness: Double = 1.01, steps: Double = 10) -> (
    best: Double?, trials: Int
  ) {
    var search = BudgetSearch(budget: budget, closeness: closeness, in: -4...6)
    var count = 0
    while let phi = search.next, count < 100 {
      count += 1
      search.add(cost: 100 * exp2((phi * steps).rounded(.down) / steps), at: phi)
    }
    return (search.best?.phi, count)
  }

  private func exp2(_ x: Double) -> Double {
    // Handles steps of a tenth or finer; the test needs no mathematics library.
    var result = 1.0
    var (left, root) = (abs(x), 2.0)
    while left >= 1 { (result, left) = (result * 2, left - 1) }
    for _ in 0..<40 {
      (left, root) = (left * 2, root.squareRoot())
      if left >= 1 { (result, left) = (result * root, left - 1) }
    }
    return x < 0 ? 1 / result : result
  }

  @Test("the last step that fits is found", arguments: [7.0, 50, 99, 100, 101, 399, 5000])
  func budgets(budget: Double) throws {
    let (best, trials) = found(budget)
    let phi = try #require(best)
    func cost(_ phi: Double) -> Double { 100 * exp2((phi * 10).rounded(.down) / 10) }
    #expect(cost(phi) <= budget && cost(phi + 2e-4) > budget)
    #expect(trials < 60)
  }

  @Test("a looser closeness needs fewer trials")
  func closeness() throws {
    let close = found(150, closeness: 0.9, steps: 1000)
    #expect(close.trials < 8 && close.trials < found(150, steps: 1000).trials)
  }

  @Test("a budget below the smallest network gives none, one above the largest gives the largest")
  func ends() {
    #expect(found(1).best == nil)
    #expect(found(1e9).best == 6)
  }

  @Test("a cost that grows slowly and has a limit is found as fast", arguments: [0.02, 1, 12])
  func slopes(doublings: Double) throws {
    var search = BudgetSearch(budget: 1e9, doublings: doublings, in: -2000...2000)
    var count = 0
    while let phi = search.next, count < 100 {
      count += 1
      // Networks that cost more than 2²⁰ cannot be built.
      search.add(cost: phi * doublings > 20 ? .infinity : exp2(phi * doublings), at: phi)
    }
    #expect(count < 60)
    #expect(search.over?.cost == .infinity && !search.isClose)
    #expect(abs((search.best?.phi ?? 0) * doublings - 20) < 2e-4 * max(1, doublings))
  }

  @Test("a wrong cost is replaced, and the search continues")
  func outlier() throws {
    var search = BudgetSearch(budget: 150, in: -4...6)
    func cost(_ phi: Double) -> Double { 100 * exp2((phi * 10).rounded(.down) / 10) }
    // The true cost at φ = 0.25 is 114.9.
    search.add(cost: 100, at: 0)
    search.add(cost: 300, at: 0.25)
    while let phi = search.next { search.add(cost: cost(phi), at: phi) }
    let over = try #require(search.over)
    #expect(over.phi == 0.25 && (search.best?.phi ?? 1) < 0.25)
    search.add(cost: cost(over.phi), at: over.phi)
    while let phi = search.next { search.add(cost: cost(phi), at: phi) }
    #expect(abs((search.best?.phi ?? 0) - 0.5999) < 2e-4)
  }

  @Test("a repeated measurement replaces the previous one")
  func anew() {
    var search = BudgetSearch(budget: 10, closeness: 0.9, in: 0...4)
    search.add(cost: 9.5, at: 1)
    #expect(search.next == nil && search.best?.phi == 1)
    search.add(cost: 12, at: 1)
    #expect(search.best == nil && search.trials.count == 1 && (search.next ?? 9) < 1)
  }

  @Test("the fine rule rounds repeats to the nearest number and channels to multiples of 2")
  func fine() throws {
    let b0 = try Variant(named: "b0").architecture
    let scale = CompoundScale(width: 1.1, depth: 1.1, resolution: 224, dropout: 0.2)
    let fine = Baseline(b0, rule: .released.fine).network(scale, name: "fine")
    #expect(fine.stages.map(\.repeats) == [1, 2, 2, 3, 3, 4, 1])
    #expect(fine.stages.map(\.channels) == [18, 26, 44, 88, 124, 212, 352])
    let released = Baseline(b0).network(scale, name: "released")
    #expect(released.stages.map(\.repeats) == [2, 3, 3, 4, 4, 5, 2])
    #expect(Baseline(b0, rule: .released.fine).network(.paper, phi: 0).stages == b0.stages)
  }
}

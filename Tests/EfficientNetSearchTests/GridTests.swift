import EfficientNet
import Foundation
import Testing

@testable import EfficientNetSearch

/// The networks that the studies compare.
@Suite("Scaling studies")
struct StudyTests {
  @Test("the paper's grid has 108 points, including the paper's own")
  func grid() {
    let points = ScalingGrid().points
    #expect(points.count == 108 && points.contains(.paper))
    #expect(points.allSatisfy { $0.meets() })
    #expect(Set(points).count == 108)
    #expect(ScalingGrid(budget: 40).points.isEmpty)
  }

  @Test(
    "points chosen from the grid are far apart and include the paper's",
    arguments: [1, 2, 24])
  func points(count: Int) {
    let grid = ScalingGrid()
    let points = grid.points(count)
    #expect(points.count == count && points.contains(.paper))
    #expect(grid.points(1000) == grid.points)
    // The ends of each dimension come before the points between them.
    if count == 24 {
      #expect(points.contains { $0.depth == 1 } && points.contains { $0.depth > 1.9 })
      #expect(points.contains { $0.width > 1.35 } && points.contains { $0.resolution > 1.35 })
    }
  }

  /// The reference: in each step, finds the point farthest from those chosen by comparing all
  /// pairs.
  @Test("chosen points equal those of comparing every pair, and many are chosen quickly")
  func farthest() throws {
    let grid = ScalingGrid(tolerance: 0.3)
    func distance(_ a: CompoundCoefficients, _ b: CompoundCoefficients) -> Double {
      let (depth, width) = (log(a.depth / b.depth), 2 * log(a.width / b.width))
      let resolution = 2 * log(a.resolution / b.resolution)
      return depth * depth + width * width + resolution * resolution
    }
    var chosen = [CompoundCoefficients.paper]
    while chosen.count < 12 {
      func nearest(_ point: CompoundCoefficients) -> Double {
        chosen.map { distance(point, $0) }.min() ?? 0
      }
      chosen.append(try #require(grid.points.max { nearest($0) < nearest($1) }))
    }
    #expect(grid.points(12) == grid.points.filter(chosen.contains))
    // Comparing every pair in each step would take about 10¹¹ distances.
    let fine = ScalingGrid(tolerance: 0.3, step: 0.01)
    #expect(fine.points.count > 10_000 && Set(fine.points(5000)).count == 5000)
  }

  @Test(
    "the target operations are reached even if they grow slowly, up to the largest buildable network"
  )
  func slow() throws {
    let baseline = Baseline(try Variant(named: "mnasnet-small"))
    let macs = Double(NetworkCost(baseline.architecture).macs)
    let slow = CompoundCoefficients(depth: 1.0001, width: 1.0001, resolution: 1.001)
    let phi = baseline.phi(slow, macs: 4 * macs)
    #expect(phi > 64)
    let network = baseline.network(slow, phi: phi)
    #expect(abs(Double(NetworkCost(network).macs) / macs / 4 - 1) < 0.05)
    for coefficients in [slow, .paper, .init(depth: 10, width: 10, resolution: 10)] {
      let largest = baseline.network(coefficients, phi: baseline.phi(coefficients, macs: 1e30))
      try largest.validate()
      #expect(NetworkCost(largest).macs > NetworkCost(baseline.architecture).macs)
    }
    #expect(baseline.phi(.init(depth: 1, width: 1, resolution: 1), macs: 2 * macs) == 0)
  }

  @Test("no φ between two steps comes closer to the target operations, also if steps are narrow")
  func closest() throws {
    let baseline = Baseline(try narrowB0(pixels: 32), rule: .released.fine)
    let macs = Double(NetworkCost(baseline.architecture).macs)
    for (coefficients, factor) in [
      (CompoundCoefficients.paper, 2), (.init(depth: 8, width: 6, resolution: 4), 2.2),
      (.init(depth: 1, width: 40, resolution: 1), 3),
    ] {
      func distance(_ phi: Double) -> Double {
        abs(log(Double(NetworkCost(baseline.network(coefficients, phi: phi)).macs) / macs / factor))
      }
      let found = distance(baseline.phi(coefficients, macs: factor * macs))
      for step in 0...1000 { #expect(found <= distance(Double(step) / 1000) + 1e-9, "\(step)") }
    }
  }

  @Test("a grid's networks are the baseline at φ = 1, or as near to the budget as rounding allows")
  func candidates() throws {
    let baseline = Baseline(try Variant(named: "b0"))
    let macs = Double(NetworkCost(baseline.architecture).macs)
    let plain = GridStudy(baseline, grid: ScalingGrid())
    let paper = try #require(plain.candidates.first { $0.coefficients == .paper })
    var expected = baseline.network(.paper, phi: 1)
    // All networks have the same regularization, whatever their size.
    (expected.name, expected.dropout) = ("a1.2-b1.1-g1.15", baseline.architecture.dropout)
    #expect(paper.architecture == expected)
    #expect(paper.factors == .paper && paper.phi == 1)
    let matched = GridStudy(baseline, grid: ScalingGrid(), points: 20, matchesCost: true)
    for candidate in matched.candidates {
      let (point, phi) = (try #require(candidate.coefficients), try #require(candidate.phi))
      #expect(candidate.factors == point.factors(phi: phi), "what the network has")
      let share = Double(NetworkCost(candidate.architecture).macs) / macs / 2
      #expect(abs(share - 1) < 0.1, "\(candidate.name): \(share)")
    }
  }

  @Test("α, β and γ for the file of a baseline give exactly the network that was trained")
  func fileCoefficients() throws {
    for (rule, isMatched) in [
      (ScalingRule.released, true), (.released.fine, true), (.released, false),
    ] {
      let baseline = Baseline(try narrowB0(pixels: 48), rule: rule)
      let study = GridStudy(baseline, grid: ScalingGrid(), points: 16, matchesCost: isMatched)
      #expect(study.adjustsPhi == isMatched)
      for candidate in study.candidates {
        let point = try #require(study.fileCoefficients(of: candidate))
        if !isMatched { #expect(point == candidate.coefficients) }
        let network = Baseline(study.baseline, rule: rule).network(point, phi: 1)
        #expect(network.stages == candidate.architecture.stages, "\(candidate.name)")
        #expect(network.resolution == candidate.architecture.resolution)
        #expect(NetworkCost(network) == NetworkCost(candidate.architecture))
      }
    }
    // The file of a baseline does not have the rule of its family.
    let lite = GridStudy(Baseline(try Variant(named: "lite0")), grid: ScalingGrid(), points: 2)
    #expect(lite.fileCoefficients(of: lite.candidates[0]) == nil)
  }

  @Test("rounds are halved backward from the last one")
  func rounds() throws {
    let study = GridStudy(Baseline(try Variant(named: "b0")), grid: ScalingGrid(), halvings: 2)
    let rounds = study.rounds(epochs: 8)
    #expect(rounds.map(\.epochs) == [2, 4, 8] && rounds.map(\.candidates) == [108, 54, 27])
  }

  @Test("networks whose operations rounding changes by more than 5 % are remarked on")
  func rounding() throws {
    func study(_ rule: ScalingRule, pixels: Int) throws -> DimensionStudy {
      let narrow = try narrowB0(pixels: pixels)
      return DimensionStudy(Baseline(narrow, rule: rule), coefficients: .paper, factors: [2])
    }
    func remarks(_ rule: ScalingRule, pixels: Int) throws -> [String] {
      Study.dimensions(try study(rule, pixels: pixels)).roundingRemarks
    }
    let coarse = try remarks(.released, pixels: 32)[0]
    // The width has 2.17 times the operations of the baseline, compound scaling 1.45 times.
    #expect(
      coarse.hasPrefix("rounding changes the operations of 2 of 4 networks by more than 5 % "))
    let unequal = try #require(try study(.released, pixels: 32).unequalRemark)
    #expect(
      unequal.hasPrefix(
        "Operations are not equal: at 2× compound scaling has 1.45 times the baseline's, and "
          + "another network 2.1"), "\(unequal)")
    #expect(unequal.hasSuffix(": --fine brings them closer."))
    #expect(try study(.released.fine, pixels: 64).unequalRemark == nil)
    // Rounding repeats up cannot explain too few operations; the step to the next network does.
    #expect(coarse.contains("(compound 2× has 1.4") && !coarse.contains("rounded up"), "\(coarse)")
    #expect(
      coarse.contains(
        ", not 2 times: the next larger one, with 33 pixels instead of 32, has 3.0"), "\(coarse)")
    #expect(coarse.contains("--fine rounds in smaller steps"))
    #expect(coarse.contains("use a larger --resolution"))
    #expect(try remarks(.released.fine, pixels: 64).isEmpty)
    // The nearest resolution at which all networks reach their operations replaces that advice.
    let near = try remarks(.released.fine, pixels: 48)[0]
    let pixels = try #require(near.firstMatch(of: /--resolution (\d+) brings all within 5 %$/))
    let found = try #require(Int(pixels.1))
    #expect(try remarks(.released.fine, pixels: found).isEmpty && found == 64, "\(near)")
    #expect(!near.contains("use a larger --resolution"))
    // At 33 pixels, the maps of the baseline round up, so that all others seem to fit.
    var short = try narrowB0(pixels: 32)
    short.stages = Array(short.stages.prefix(4))
    let shortRemarks = Study.dimensions(
      DimensionStudy(
        Baseline(short, rule: .released.fine), coefficients: .paper, factors: [2])
    ).roundingRemarks
    let sizes = shortRemarks.joined().matches(of: /--resolution (\d+) brings/).map(\.1)
    #expect(sizes.allSatisfy { (Int($0) ?? 1) % 16 == 0 }, "\(shortRemarks)")
    // At φ = 1, a network costs more than the budget of its α, β and γ.
    let narrow = try narrowB0(pixels: 32)
    let grid = Study.grid(GridStudy(Baseline(narrow), grid: ScalingGrid(), points: 4))
    #expect(grid.roundingRemarks[0].contains(" by more than 10 % "))
    #expect(grid.roundingRemarks[0].contains("--equal-macs adjusts"))
    #expect(grid.title(named: "a1.2-b1.1-g1.15") == "α 1.2, β 1.1, γ 1.15")
  }

  private func narrowB0(pixels: Int) throws -> Architecture {
    var narrow = try Variant(named: "b0").architecture.scaled(width: 0.25, depth: nil)
    (narrow.name, narrow.resolution, narrow.classes) = ("narrow", pixels, 4)
    return narrow
  }

  @Test("a network that owes its operations to one more pixel is called distorted")
  func distortion() throws {
    let baseline = Baseline(try narrowB0(pixels: 32), rule: .released.fine)
    let study = Study.dimensions(
      DimensionStudy(baseline, coefficients: .paper, factors: [2]))
    let compound = try #require(study.candidates.last)
    // From 32 to 33 pixels, maps have sides of 17, 9, 5, 3 and 2 instead of 16, 8, 4, 2 and 1.
    #expect(compound.architecture.resolution == 33 && study.isDistorted(compound))
    #expect(
      !study.candidates.contains {
        ["depth", "width"].contains($0.series) && study.isDistorted($0)
      })
    let remark = try #require(study.roundingRemarks.last)
    #expect(remark.hasPrefix("rounding distorts "))
    #expect(remark.contains(" of 4 networks: compound 2×: its factors give 1."))
    #expect(
      remark.hasSuffix("rounding: maps round up at 33 pixels; use a larger --resolution"))
  }

  @Test("rounding of a scaled network names the parts that change most")
  func causes() throws {
    let b0 = Baseline(try Variant(named: "b0"))
    let deeper = Rounding(b0, factors: .init(depth: 1.05, width: 1, resolution: 1))
    #expect(deeper.causes == [.repeats] && deeper.words == "repeats are rounded up")
    #expect(deeper.remedies == ["--fine rounds in smaller steps"])
    let wider = Rounding(b0, factors: .init(depth: 1, width: 1.03, resolution: 1))
    #expect(wider.causes == [.channels] && wider.words == "channels are multiples of 8")
    let larger = Rounding(b0, factors: .init(depth: 1, width: 1, resolution: 225.0 / 224))
    #expect(larger.causes == [.maps] && larger.words == "maps round up at 225 pixels")
    #expect(larger.remedies == ["use a larger --resolution"])
    #expect(Rounding(b0, factors: .init(depth: 1, width: 1, resolution: 1)).causes.isEmpty)
    // All channels are exactly four times those of the baseline.
    let exact = Rounding(b0, factors: .init(depth: 1, width: 4, resolution: 1))
    #expect(abs(exact.channels - 1) < 1e-3 && exact.linear < 0.95 && exact.causes == [.linear])
    #expect(exact.words.hasPrefix("the stem, depthwise layers and the classifier grow with"))
    #expect(exact.remedies.isEmpty)
    let deep = Rounding(b0, factors: .init(depth: 2, width: 1, resolution: 1))
    #expect(abs(deep.repeats - 1) < 1e-9 && deep.fixed > 1.01 && deep.causes == [.fixed])
    #expect(deep.words == "the layers that the depth adds take more operations than the average")
  }

  @Test("finer rounding is not suggested to those who use it")
  func finer() throws {
    for rule in [ScalingRule.released, .released.fine] {
      let baseline = Baseline(try narrowB0(pixels: 32), rule: rule)
      var study = GridStudy(baseline, grid: ScalingGrid(), points: 1)
      study.candidates = [
        Candidate(baseline.architecture, coefficients: .paper, phi: 3)
      ]
      let result = TrialResult(
        Trial(study.candidates[0], seed: 0, epochs: 1), top1: 0.9, loss: 1, trainingLoss: 1,
        seconds: 1)
      let ranking = Ranking(
        study.candidates, results: [result], epochs: 1, classes: 4, validationPhotos: 100)
      let advice = study.findings(ranking).first { $0.hasPrefix("φ had to be") }
      #expect(advice?.contains("--fine") == (rule == .released))
      #expect(advice?.lowercased().contains("a wider baseline helps.") == true)
    }
  }

  @Test("dimensions are scaled to nearly equal operations")
  func dimensions() throws {
    let baseline = Baseline(try Variant(named: "b0"))
    let macs = Double(NetworkCost(baseline.architecture).macs)
    let study = DimensionStudy(
      baseline, coefficients: .paper, factors: [1.5, 4],
      settings: [.init(depth: 2, resolution: 1.3)])
    #expect(study.candidates.count == 1 + 4 * 2 + 3)
    #expect(study.candidates[0].architecture == baseline.architecture)
    for candidate in study.candidates {
      guard let factor = study.factor(of: candidate) else { continue }
      let share = Double(NetworkCost(candidate.architecture).macs) / macs / factor
      #expect(abs(share - 1) < 0.08, "\(candidate.name): \(share)")
    }
    let b0 = baseline.architecture
    let deep = try #require(study.candidates.first { $0.name == "depth-4x" }).architecture
    #expect(deep.resolution == b0.resolution && deep.stem == b0.stem)
    #expect(deep.stages.map(\.channels) == b0.stages.map(\.channels))
    let wide = try #require(study.candidates.first { $0.name == "width-4x" }).architecture
    #expect(wide.stages.map(\.repeats) == b0.stages.map(\.repeats) && wide.stem > 50)
    let fine = try #require(study.candidates.first { $0.name == "resolution-4x" }).architecture
    #expect(fine.resolution > 400 && fine.stages == b0.stages)
    let whole = Study.dimensions(study)
    #expect(
      Set(whole.candidates.map(whole.title)).isSuperset(of: [
        "baseline", "depth 1.5×", "compound 4×", "d=2 r=1.3 w=1", "d=2 r=1.3 w=2",
      ]))
    #expect(
      study.settingsRemark == "d=2 r=1.3 w=1: named by its factors on depth, resolution and width, "
        + "not by its operations")
    #expect(whole.title(named: "depth-4x") == "depth 4×" && whole.title(named: "n1") == "n1")
    // With a repeat more in each stage, the coarse rule leaves little for the factors.
    #expect(whole.roundingRemarks.allSatisfy { $0.contains("distorts") })
  }
}

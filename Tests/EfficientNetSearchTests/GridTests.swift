import EfficientNet
import Testing

@testable import EfficientNetSearch

/// The networks that the studies compare.
@Suite("Scaling studies")
struct StudyTests {
  @Test("the paper's grid has 108 points, the paper's among them")
  func grid() {
    let points = ScalingGrid().points
    #expect(points.count == 108 && points.contains(.paper))
    #expect(points.allSatisfy { $0.meets() })
    #expect(Set(points).count == 108)
    #expect(ScalingGrid(budget: 40).points.isEmpty)
  }

  @Test(
    "some of the grid are far from each other, and the paper's is one of them",
    arguments: [1, 2, 24])
  func points(count: Int) {
    let grid = ScalingGrid()
    let points = grid.points(count)
    #expect(points.count == count && points.contains(.paper))
    #expect(grid.points(1000) == grid.points)
    // The ends of each dimension are there before anything between them is.
    if count == 24 {
      #expect(points.contains { $0.depth == 1 } && points.contains { $0.depth > 1.9 })
      #expect(points.contains { $0.width > 1.35 } && points.contains { $0.resolution > 1.35 })
    }
  }

  @Test("a grid's networks are the baseline at φ = 1, or as near to the budget as rounding allows")
  func candidates() throws {
    let baseline = Baseline(try Variant(named: "b0"))
    let macs = Double(NetworkCost(baseline.architecture).macs)
    let plain = GridStudy(baseline, grid: ScalingGrid())
    let paper = try #require(plain.candidates.first { $0.factors == .paper })
    var expected = baseline.network(.paper, phi: 1)
    expected.name = "a1.2-b1.1-g1.15"
    #expect(paper.architecture == expected)
    let matched = GridStudy(baseline, grid: ScalingGrid(), points: 20, matchesCost: true)
    for candidate in matched.candidates {
      let share = Double(NetworkCost(candidate.architecture).macs) / macs / 2
      #expect(abs(share - 1) < 0.1, "\(candidate.name): \(share)")
    }
  }

  @Test("rounds are halved from the last one back")
  func rounds() throws {
    let study = GridStudy(Baseline(try Variant(named: "b0")), grid: ScalingGrid(), halvings: 2)
    let rounds = study.rounds(epochs: 8)
    #expect(rounds.map(\.epochs) == [2, 4, 8] && rounds.map(\.candidates) == [108, 54, 27])
  }

  @Test("dimensions are scaled to equal operations")
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
    let deep = try #require(study.candidates.first { $0.name == "d-x4.0" }).architecture
    #expect(deep.resolution == b0.resolution && deep.stem == b0.stem)
    #expect(deep.stages.map(\.channels) == b0.stages.map(\.channels))
    let wide = try #require(study.candidates.first { $0.name == "w-x4.0" }).architecture
    #expect(wide.stages.map(\.repeats) == b0.stages.map(\.repeats) && wide.stem > 50)
    let fine = try #require(study.candidates.first { $0.name == "r-x4.0" }).architecture
    #expect(fine.resolution > 400 && fine.stages == b0.stages)
  }
}

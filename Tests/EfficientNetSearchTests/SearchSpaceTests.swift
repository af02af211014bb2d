import EfficientNet
import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetSearch

/// Spaces of architecture searches.
@Suite("Search spaces")
struct SearchSpaceTests {
  private static func network(_ name: String) throws -> Architecture {
    try Variant(named: name).architecture
  }

  @Test("MnasNet's space has seven blocks of 432 choices, fewer where removing a layer leaves none")
  func size() {
    let space = SearchSpace.mnasNet
    #expect(space.decisions.count == 7 * 6)
    let perStage = space.reference.stages.indices.map { stage in
      space.decisions.filter { $0.stage == stage }.reduce(1) { $0 * $1.choices }
    }
    #expect(perStage == [288, 432, 432, 432, 432, 432, 288])
    #expect(abs(space.magnitude - 18.1) < 0.1)
  }

  @Test("B0 is a point of its own space")
  func b0() throws {
    let b0 = try Self.network("b0")
    let (point, differences) = try #require(SearchSpace.efficientNet.nearest(to: b0))
    #expect(differences.isEmpty)
    var canonical = b0
    // Single blocks that change the channels have no skip connection.
    (canonical.stages[0].skip, canonical.stages[6].skip) = (.none, .none)
    #expect(SearchSpace.efficientNet.architecture(point, name: "b0") == canonical)
    #expect(Graph(canonical) == Graph(b0))
  }

  @Test("equal networks have one form")
  func canonical() {
    var space = SearchSpace.efficientNet.narrowed(width: 0.25, stages: 2, resolution: 16)
    (space.operations, space.kernels, space.squeezes) = ([.convolution, .separable], [3], [0])
    var generator = SeededGenerator(seed: 2)
    let points = Set((0..<600).map { _ in space.randomPoint(using: &generator) })
    let forms = Set(points.map { space.architecture($0, name: "-") })
    #expect(forms.count < points.count * 4 / 5 && forms.count > 50)
    #expect(Set(forms.map { Graph($0).nodes }).count == forms.count)
  }

  @Test("B0, A1 and B1 are points of MnasNet's space except for widths of 112 and 192")
  func known() throws {
    let five = "stage 5 has 112 channels, the nearest choice is 120"
    let six = "stage 6 has 192 channels, the nearest choice is 200"
    for (name, expected) in [
      ("b0", [five, six]), ("mnasnet-a1", [five]), ("mnasnet-b1", [six]),
      ("mobilenet-v2", []),
    ] {
      let network = try Self.network(name)
      let (point, differences) = try #require(SearchSpace.mnasNet.nearest(to: network))
      #expect(differences == expected, "\(name)")
      var made = SearchSpace.mnasNet.architecture(point, name: name)
      for stage in made.stages.indices {
        #expect(made.stages[stage].kernel == network.stages[stage].kernel)
        #expect(made.stages[stage].repeats == network.stages[stage].repeats)
        if [112, 192].contains(network.stages[stage].channels) {
          made.stages[stage].channels = network.stages[stage].channels
        }
      }
      #expect(Graph(made).parameterCount == Graph(network).parameterCount, "\(name)")
    }
    #expect(SearchSpace.mnasNet.nearest(to: try Self.network("resnet-50-style")) == nil)
    // Fields without a choice count as well.
    var fixed = SearchSpace.efficientNet
    (fixed.kernels, fixed.skips) = ([5], [.none])
    let differences = fixed.nearest(to: fixed.reference)?.differences ?? []
    #expect(differences.contains("stage 1 has 3 pixels of kernel, the nearest choice is 5"))
    #expect(differences.contains("stage 2 has skip identity, which is not a choice"))
    #expect(differences.count == 4 + 5, "stages 1 and 7 have no block to add to")
  }

  @Test("a narrowed reference has another name than the network that it was made from")
  func narrowedName() {
    let space = SearchSpace.efficientNet
    #expect(space.narrowed() == space)
    let narrowed = space.narrowed(width: 0.25)
    #expect(narrowed.reference.name == "b0-narrowed")
    #expect(narrowed.narrowed(stages: 3).reference.name == "b0-narrowed")
  }

  @Test("every point is a network that can be built")
  func valid() throws {
    var generator = SeededGenerator(seed: 5)
    for space in SearchSpace.all.map({ $0.narrowed(width: 0.25, stages: 5, resolution: 40) }) {
      try #require(space.complaint == nil)
      #expect(space.reference.stages.count == 5)
      for _ in 0..<100 {
        let network = space.architecture(space.randomPoint(using: &generator), name: "random")
        try network.validate()
        #expect(network.stages.allSatisfy { $0.channels % 4 == 0 })
        let again = try #require(space.nearest(to: network))
        #expect(again.differences.isEmpty)
        #expect(space.architecture(again.point, name: "random") == network)
      }
    }
  }

  @Test("impossible spaces are refused")
  func nonsense() {
    func complaint(_ change: (inout SearchSpace) -> Void) -> String? {
      var space = SearchSpace.mnasNet
      change(&space)
      return space.complaint
    }
    #expect(complaint { _ in } == nil)
    #expect(complaint { $0.kernels = [] }?.contains("kernels is empty") == true)
    #expect(complaint { $0.kernels = [3, 4] }?.contains("kernels has 4") == true)
    #expect(complaint { $0.filters = [1, 1] }?.contains("twice") == true)
    #expect(complaint { $0.filters = [0] }?.contains("filters has 0") == true)
    #expect(complaint { $0.name = "a\nb" }?.contains("printable") == true)
    #expect(complaint { $0.reference.inputChannels = 1 }?.contains("inputChannels") == true)
    #expect(complaint { $0.squeezes = [-1] }?.contains("squeezes has -1") == true)
    #expect(complaint { $0.layers = [-4] }?.contains("stage 1") == true)
    #expect(complaint { $0.filters = [100] }?.contains("channels") == true)
    #expect(
      complaint {
        $0.operations = [.mbConv3]
        ($0.kernels, $0.squeezes, $0.skips) = ([3], [0], [.none])
        ($0.filters, $0.layers) = ([1], [0])
      }?.contains("only one network") == true)
  }

  @Test("a space is the same after JSON")
  func json() throws {
    for space in SearchSpace.all {
      let data = try JSONEncoder().encode(space)
      #expect(try JSONDecoder().decode(SearchSpace.self, from: data) == space)
    }
  }

  @Test("the reward is the paper's")
  func reward() throws {
    let soft = Objective(cost: .macs, target: 400e6)
    #expect(soft.reward(top1: 0.7, cost: 400e6) == 0.7)
    // Twice the cost and 5 % more accuracy give the same reward.
    let twice = soft.reward(top1: 0.7 * 1.05, cost: 800e6)
    #expect(abs(twice - 0.7) < 0.002)
    #expect(soft.reward(top1: 0.7, cost: 200e6) > 0.7)
    #expect(soft.reward(top1: nil, cost: 400e6) == 0)
    let hard = Objective.hard(cost: .latency, target: 5)
    #expect(hard.reward(top1: 0.7, cost: 1) == 0.7)
    #expect(abs(hard.reward(top1: 0.7, cost: 10) - 0.35) < 1e-12)
    #expect(Objective(cost: .macs, target: 0).complaint != nil)
    #expect(Objective(cost: .macs, target: 1, exponentAbove: 0.1).complaint != nil)
  }
}

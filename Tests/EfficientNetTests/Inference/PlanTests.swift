import EfficientNetTestSupport
import Testing

@testable import EfficientNet

@Suite("Plan")
struct PlanTests {
  @Test("buffers that are alive together do not overlap", arguments: Architecture.tiny, [1, 3])
  func memory(architecture: Architecture, batch: Int) {
    let plan = Plan(Graph(architecture), inputShape: architecture.inputShape)
    let (regions, count) = MemoryPlanner.place(plan.buffers, batch: batch)
    for (i, a) in plan.buffers.enumerated() {
      #expect(regions[i].count == a.count * batch)
      #expect(regions[i].offset + regions[i].count <= count)
      for (j, b) in plan.buffers.enumerated().dropFirst(i + 1)
      where a.firstStep <= b.lastStep && b.firstStep <= a.lastStep {
        let isApart =
          regions[i].offset + regions[i].count <= regions[j].offset
          || regions[j].offset + regions[j].count <= regions[i].offset
        #expect(isApart, "\(i) and \(j)")
      }
    }
    // Reuse is what the planner is for.
    #expect(count < plan.buffers.reduce(0) { $0 + $1.count } * batch)
  }

  @Test("batch norm, activation and residual cost no step of their own")
  func fusion() throws {
    let b0 = try Variant(named: "b0").architecture
    let plan = Plan(Graph(b0), inputShape: b0.inputShape)
    // Stem, 15 expansions, 16 × (depthwise, 4 for the squeeze, project), head, pool, classifier.
    #expect(plan.steps.count == 1 + 15 + 16 * 6 + 3)
    #expect(plan.steps.filter { $0.layer.residual != nil }.count == 9)
  }

  @Test(
    "work is cut into ranges that cover it", arguments: [1, 41, 42, 43, 85, 1000], [1, 16, 42])
  func split(count: Int, block: Int) {
    for threads in 1...3 {
      let ranges = WorkSplit(threads: threads).ranges(of: count, multipleOf: block)
      #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == count)
      #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      #expect(ranges.dropLast().allSatisfy { $0.count % block == 0 && !$0.isEmpty })
      #expect(ranges.count <= WorkSplit.pieces(threads: threads))
    }
  }
}

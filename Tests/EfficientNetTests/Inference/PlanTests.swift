import EfficientNetTestSupport
import Testing

@testable import EfficientNet

@Suite("Plan")
struct PlanTests {
  @Test(
    "buffers in use at the same time do not overlap",
    arguments: Architecture.tiny + Architecture.unusual)
  func memory(architecture: Architecture) {
    let plan = Plan(Graph(architecture), inputShape: architecture.inputShape)
    let (regions, count) = (plan.places, plan.memoryCount)
    for (i, a) in plan.buffers.enumerated() {
      #expect(regions[i].count == a.count)
      #expect(regions[i].offset + regions[i].count <= count)
      for (j, b) in plan.buffers.enumerated().dropFirst(i + 1)
      where a.firstStep <= b.lastStep && b.firstStep <= a.lastStep {
        let isApart =
          regions[i].offset + regions[i].count <= regions[j].offset
          || regions[j].offset + regions[j].count <= regions[i].offset
        #expect(isApart, "\(i) and \(j)")
      }
    }
    // The planner exists to reuse memory.
    #expect(count < plan.buffers.reduce(0) { $0 + $1.count })
  }

  @Test("a block has at most four steps, and values inside a step are not stored")
  func fusion() throws {
    let b0 = try Variant(named: "b0").architecture
    let plan = Plan(Graph(b0), inputShape: b0.inputShape)
    // Stem and first depthwise, squeeze, excite, project; 15 × (expand and depthwise, squeeze,
    // excite, project); head and pool, classifier.
    #expect(plan.steps.count == 4 + 15 * 4 + 2)
    #expect(plan.steps.filter { $0.residual != nil }.count == 9)
    var counts: [String: Int] = [:]
    for step in plan.steps { counts[step.kernel.name, default: 0] += 1 }
    #expect(counts["stem, depthwise 3×3"] == 1)
    #expect(counts.filter { $0.key.hasPrefix("expand, depthwise") }.values.reduce(0, +) == 15)
    #expect(counts["squeeze"] == 16)
    // The gate scales the weights if a map has more pixels than the projection has outputs.
    #expect((counts["excite weights"] ?? 0) + (counts["excite map"] ?? 0) == 16)
    #expect(counts["product"] == 16 + 1)
    #expect(counts["product, average pool"] == 1)
    #expect(plan.steps.last?.name == "classifier")
  }

  @Test("a pooled skip is a separate step, and the block's last step adds it")
  func pooledSkips() throws {
    let architecture = try #require(Architecture.tiny.first { $0.name == "tiny-pool" })
    let graph = Graph(architecture)
    // The first block of the third stage changes the channels.
    let pooling = architecture.blocks.map(\.name).filter { $0 != "blocks.2.0" }
    let plan = Plan(graph, inputShape: architecture.inputShape)
    let pools = plan.steps.filter { $0.kernel.name == "average pool 3×3" }
    #expect(pools.map(\.name) == pooling.map { "\($0).pool" })
    #expect(
      plan.steps.filter { $0.residual != nil }.map { graph.nodes[$0.outputNode].name }
        == pooling.map { "\($0).add" })
    #expect(plan.steps.compactMap(\.residual) == pools.map(\.output))
  }

  @Test("a pooled skip has no parameters and no multiply-adds")
  func pooledSkipsAreFree() throws {
    let architecture = try #require(Architecture.tiny.first { $0.name == "tiny-pool" })
    var plain = architecture
    for index in plain.stages.indices { plain.stages[index].skip = .none }
    #expect(Graph(architecture).parameters == Graph(plain).parameters)
    func macs(_ architecture: Architecture) -> Int {
      Graph(architecture).multiplyAdds(input: architecture.inputShape).reduce(0, +)
    }
    #expect(macs(architecture) == macs(plain))
  }

  @Test(
    "every node belongs to one step, with and without kept stages",
    arguments: Architecture.tiny + Architecture.unusual)
  func nodes(architecture: Architecture) {
    let graph = Graph(architecture)
    for keeping in [[], Set(graph.stageEnds.map(\.node))] {
      let plan = Plan(graph, inputShape: architecture.inputShape, keeping: keeping)
      let nodes = plan.steps.flatMap(\.nodes)
      #expect(Set(nodes).count == nodes.count)
      #expect(keeping.isSubset(of: plan.steps.map(\.outputNode)))
    }
  }

  @Test("work is cut into ranges that cover it", arguments: [1, 2, 41, 42, 43, 85, 1000])
  func ranges(count: Int) {
    for threads in 1...4 {
      let ranges = WorkSplit(threads: threads).ranges(of: count)
      #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == count)
      #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      #expect(ranges.allSatisfy { !$0.isEmpty })
      #expect(ranges.count <= (threads == 1 ? 1 : 4 * threads))
    }
  }

  @Test("one thread takes all columns at once")
  func oneThread() {
    #expect(
      WorkSplit(threads: 1).columns(9, rows: 7) == [Schedule.Piece(rows: 0..<7, columns: 0..<9)])
  }

  @Test(
    "columns that divide evenly among the threads stay whole, the others are cut", arguments: 2...4,
    1...9)
  func columns(threads: Int, count: Int) {
    for rows in [1, 2, 3, 7, 112] {
      let pieces = WorkSplit(threads: threads).columns(count, rows: rows)
      var times = Array(repeating: Array(repeating: 0, count: rows), count: count)
      for piece in pieces {
        #expect(!piece.rows.isEmpty && piece.columns.count == 1)
        for slab in piece.columns {
          for row in piece.rows { times[slab][row] += 1 }
        }
      }
      #expect(times.allSatisfy { $0.allSatisfy { $0 == 1 } })
      // The number of whole columns is at least the largest that the threads can share evenly.
      let whole = pieces.filter { $0.rows == 0..<rows }
      #expect(whole.count >= count / threads * threads)
      // One thread takes pieces from the front, the others from the back, so the cut pieces come
      // last for both.
      let before = pieces.prefix { $0.rows.count == rows }.count
      let isCut = pieces.contains { $0.rows.count < rows }
      if isCut { #expect(before == count / threads) }
      #expect(pieces.count == count / threads * threads + count % threads * min(threads, rows))
    }
  }
}

import EfficientNetTestSupport
import Foundation
import Testing

@Suite("effnet summary --plan")
struct PlanSummaryTests {
  private let bench: Workbench

  init() throws { bench = try Workbench() }

  private struct Plan: Decodable {
    struct Step: Decodable {
      let name, operation: String
      let layers: [String]
      let output: [Int]
      let tiles: [String]
      let pieces, macs, weight_bytes: Int
      let reads, writes: [Int]
    }
    struct Buffer: Decodable {
      let offset, bytes, first_step, last_step: Int
      let layout: String
    }
    let model, precision, instruction_set: String
    let threads, weight_bytes, arena_bytes, scratch_bytes: Int
    let steps: [Step]
    let buffers: [Buffer]
  }

  @Test("JSON has every layer in one step, and memory for every buffer")
  func json() throws {
    let plan = try bench.json(
      Plan.self, "summary", "--model", "b0", "--plan", "--threads", "2", "--json")
    #expect(plan.model == "b0" && plan.precision == "fp32" && plan.threads == 2)
    let layers = plan.steps.flatMap(\.layers)
    // 81 convolutions, classifier, 17 poolings, 16 gates and 9 sums.
    #expect(layers.count == 81 + 1 + 17 + 16 + 9 && Set(layers).count == layers.count)
    #expect(plan.steps.reduce(0) { $0 + $1.macs } == 385_814_752)
    #expect(plan.steps.first?.layers == ["conv_stem", "blocks.0.0.conv_dw"])
    #expect(plan.steps.last?.name == "classifier" && plan.steps.last?.output == [1, 1, 1000])
    #expect(
      plan.steps.allSatisfy {
        $0.pieces >= 1 && !$0.tiles.isEmpty || $0.operation == "average pool"
      })
    for (number, step) in plan.steps.enumerated() {
      for buffer in step.reads + step.writes {
        let buffer = plan.buffers[buffer]
        #expect(buffer.first_step <= number && number <= buffer.last_step)
        #expect(buffer.offset + buffer.bytes <= plan.arena_bytes)
      }
    }
    #expect(plan.weight_bytes >= 4 * 5_288_548 && plan.scratch_bytes > 0)
  }

  @Test("bf16 halves the memory")
  func bfloat16() throws {
    let full = try bench.json(Plan.self, "summary", "--model", "lite0", "--plan", "--json")
    let half = try bench.json(
      Plan.self, "summary", "--model", "lite0", "--plan", "--precision", "bf16", "--json")
    #expect(half.precision == "bf16" && half.steps.map(\.name) == full.steps.map(\.name))
    #expect(Double(half.weight_bytes) < 0.6 * Double(full.weight_bytes))
    #expect(half.arena_bytes < full.arena_bytes)
  }

  @Test("the plan is printed as tables")
  func text() throws {
    let lines = try bench.effnet("summary", "--model", "b0", "--plan", "--threads", "1").lines
    #expect(
      lines[0].hasPrefix("b0: 66 steps, 124 layers without norms and activations; 1 thread, "))
    #expect(lines.contains { $0.contains("stem, depthwise 3×3") && $0.contains("0 → 1 2") })
    #expect(lines.contains { $0.contains("slabs of 48") })
  }

  @Test("options that exclude each other are refused")
  func usage() throws {
    for arguments in [
      ["--threads", "2"], ["--precision", "bf16"], ["--plan", "--csv"],
      ["--plan", "--threads", "0"],
      ["--plan", "--precision", "fp64"],
    ] {
      try bench.expectFailure(
        ["summary", "--model", "b0"] + arguments, status: 2,
        arguments.contains("--csv") ? "as CSV" : arguments.last == "0" ? "--threads" : "--precision"
      )
    }
  }
}

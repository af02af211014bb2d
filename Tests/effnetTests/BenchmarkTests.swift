import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

@Suite("effnet benchmark")
struct BenchmarkTests {
  private struct Result: Decodable {
    struct Step: Decodable {
      let name, kernel: String
      let median_ms, gflops, peak_fraction: Double
    }

    let model, precision, instruction_set: String
    let batch, threads, rounds, resolution: Int
    let median_ms, min_ms, p95_ms, images_per_second, gflops, peak_fraction, peak_memory_mb: Double
    let other_processors: Double?
    let steps: [Step]?
  }

  private func benchmark(_ arguments: String...) throws -> Result {
    let output = try CommandLineTool.effnet(
      arguments: ["benchmark"] + arguments + ["--json", "--quiet"])
    #expect(output.status == 0)
    // Tests run at the same time.
    let lines = output.standardError.split(separator: "\n")
    #expect(lines.isEmpty || lines[0].hasPrefix("note: other programs used "), "\(lines)")
    return try output.json(Result.self)
  }

  @Test("JSON has the settings and the measured times")
  func json() throws {
    let result = try benchmark(
      "--model", "mnasnet-small", "--resolution", "64", "--batch", "3", "--threads", "2",
      "--rounds", "11", "--profile")
    #expect(result.model == "mnasnet-small" && result.resolution == 64)
    #expect(result.batch == 3 && result.threads == 2 && result.rounds == 11)
    #expect(result.precision == "fp32")
    #expect(result.min_ms > 0 && result.min_ms <= result.median_ms)
    #expect(result.median_ms <= result.p95_ms)
    #expect(abs(result.images_per_second * result.median_ms / 3000 - 1) < 1e-9)
    #expect(result.gflops > 0 && result.peak_fraction > 0 && result.peak_memory_mb > 1)
    let steps = try #require(result.steps)
    #expect(steps.first?.name == "conv_stem" && steps.last?.name == "classifier")
    #expect(steps.allSatisfy { $0.median_ms > 0 })
  }

  @Test("--precision bf16 measures inference and training in bfloat16")
  func bfloat16() throws {
    let result = try benchmark(
      "--model", "mnasnet-small", "--resolution", "32", "--rounds", "2", "--precision", "bf16")
    #expect(result.precision == "bf16" && result.median_ms > 0)
    let step = try benchmark(
      "--model", "mnasnet-small", "--resolution", "32", "--rounds", "2", "--precision", "bf16",
      "--train", "--batch", "2")
    #expect(step.precision == "bf16" && step.median_ms > 0)
  }

  @Test("--precision fp16 measures inference; a training step in it is a usage error")
  func float16() throws {
    let result = try benchmark(
      "--model", "mnasnet-small", "--resolution", "32", "--rounds", "2", "--precision", "fp16")
    #expect(result.precision == "fp16" && result.median_ms > 0)
    let refused = try CommandLineTool.effnet(
      "benchmark", "--model", "mnasnet-small", "--train", "--precision", "fp16")
    #expect(refused.status == 2)
    #expect(refused.standardError.contains("--precision fp16 is for inference only"))
  }

  @Test("--precision half takes the fastest format here, and says which")
  func half() throws {
    let output = try CommandLineTool.effnet(
      "benchmark", "--model", "mnasnet-small", "--resolution", "32", "--rounds", "2",
      "--precision", "half", "--json")
    let result = try output.json(Result.self)
    #expect(["fp32", "bf16", "fp16"].contains(result.precision))
    #expect(output.standardError.contains("half is \(result.precision) here: "))
  }

  @Test("--profile prints a table of the steps")
  func profile() throws {
    let output = try CommandLineTool.effnet(
      "benchmark", "--model", "mnasnet-small", "--resolution", "32", "--rounds", "2", "--profile")
    #expect(output.standardOutput.contains("of peak"))
    #expect(output.standardOutput.contains("stem, depthwise 3×3"))
  }

  @Test("JSON has the load by other programs, and --quiet keeps the note on it")
  func loadInJSON() throws {
    let output = try CommandLineTool.effnet(
      "benchmark", "mnasnet-small", "--batch", "16", "--rounds", "40", "--json", "--quiet")
    let load = try #require(try output.json(Result.self).other_processors)
    let isNoted = load >= 0.1 * Double(ProcessInfo.processInfo.processorCount)
    #expect(output.standardError.isEmpty == !isNoted, "\(load): \(output.standardError)")
  }

  @Test("a note says how much other programs used the machine")
  func load() {
    func note(_ used: Double, stolen: Double = 0) -> String? {
      BenchmarkCommand.note(onOthers: (used, stolen), processors: 2)
    }
    #expect(note(0.1) == nil && BenchmarkCommand.note(onOthers: nil, processors: 2) == nil)
    #expect(
      note(0.9) == "other programs used 0.9 of 2 processors during this measurement, which slows "
        + "it; end them and measure again")
    #expect(
      note(0.9, stolen: 0.2)?.hasPrefix(
        "other programs used 0.9 of 2 processors (0.2 of them the host of this virtual machine) ")
        == true)
  }

  @Test("--on-demand measures one run for each line of standard input")
  func onDemand() throws {
    let output = try CommandLineTool.effnet(
      "benchmark", "--model", "mnasnet-small", "--resolution", "32", "--on-demand", "--json",
      input: "\n\ngo\n")
    #expect(output.status == 0 && output.standardError.isEmpty)
    #expect(output.lines.first == "ready")
    let times = output.lines.dropFirst().dropLast().compactMap { Double($0) }
    let result = try JSONDecoder().decode(Result.self, from: Data(output.lines.last!.utf8))
    #expect(times.count == 3 && output.lines.count == 5)
    #expect(result.rounds == 3 && result.min_ms == times.min() && result.p95_ms == times.max())
  }

  @Test("--on-demand without a line measures no run")
  func noDemand() throws {
    let output = try CommandLineTool.effnet(
      "benchmark", "--model", "mnasnet-small", "--resolution", "32", "--on-demand", "--json")
    #expect(output.status == 0 && output.standardOutput == "ready\n")
  }

  @Test(
    "wrong options are usage errors",
    arguments: [
      (["--threads", "1"], "no network given; name one, such as b0"),
      (["--model", "b0", "--batch", "0"], "--batch is 0"),
      (["--model", "b0", "--rounds", "0"], "--rounds is 0"),
      (["--model", "b0", "--rounds", "5", "--on-demand"], "with --on-demand"),
      (["--model", "b0", "--batch", "1024", "--resolution", "3000"], "--batch 1024 needs"),
    ])
  func usage(arguments: [String], message: String) throws {
    let output = try CommandLineTool.effnet(arguments: ["benchmark"] + arguments)
    #expect(output.status == 2)
    #expect(output.standardError.contains(message), "\(output.standardError)")
  }
}

import ArgumentParser
import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

/// Tables of scaled networks, and the largest network within a budget.
@Suite("effnet scale")
struct ScaleTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func scale(_ arguments: String...) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(arguments: ["scale"] + arguments, folder: folder.url)
  }

  private struct Table: Decodable {
    struct Network: Decodable {
      struct Released: Decodable {
        let name: String
        let macs: Int
      }
      let name: String
      let phi, depth: Double
      let resolution, parameters, macs: Int
      let repeats, channels: [Int]
      let median_ms: Double?
      let released: Released?
      let file: String?
    }
    let baseline: String
    let networks: [Network]
  }

  @Test("a table has the baseline, its scales and the released networks beside them")
  func table() throws {
    let output = try scale("table", "--phi", "0...3", "--no-latency", "--json", "--write", "nets")
    #expect(output.status == 0, "\(output.standardError)")
    let table = try output.json(Table.self)
    #expect(table.networks.map(\.phi) == [0, 1, 2, 3])
    let first = table.networks[0]
    #expect(first.parameters == 5_288_548 && first.resolution == 224)
    #expect(first.repeats == [1, 2, 2, 3, 3, 4, 1])
    #expect(table.networks.compactMap(\.released?.name) == ["b0", "b1", "b2", "b3"])
    #expect(first.released?.macs == first.macs)
    #expect(table.networks.allSatisfy { $0.median_ms == nil })
    for network in table.networks {
      let path = try #require(network.file)
      let read = try Architecture(json: folder.path(path))
      #expect(read.name == network.name && NetworkCost(read).macs == network.macs)
    }
    let lines = try scale("table", "--phi", "0,0.5", "--no-latency", "--csv").standardOutput
      .split(separator: "\n")
    #expect(lines.count == 3 && lines[1].hasPrefix("0,1,1,1,224,1-2-2-3-3-4-1,16-24-40-"))
  }

  @Test("a table shows 2^φ, the growth that the factors give, and the growth reached")
  func growth() throws {
    let output = try scale("table", "b0", "--phi", "0..2", "--no-latency")
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.standardOutput.contains("   2^φ  (α·β²·γ²)^φ  reached  "))
    let words = output.lines.map { $0.split(separator: " ").map(String.init) }
    let rows = words.filter { $0.count > 10 && ["0", "1", "2"].contains($0[0]) }
    #expect(rows.map { $0[8] } == ["1.00", "2.00", "4.00"])
    #expect(rows.map { $0[9] } == ["1.00", "1.92", "3.69"])
    #expect(rows.map { $0[10] } == ["1.00", "2.57", "4.69"])
    for line in [
      "A MAC is one multiplication and one addition; the paper calls it a FLOP.",
      "2^φ: the growth of the MACs that the paper aims at, with α·β²·γ² of about 2.",
      "(α·β²·γ²)^φ: the growth that the factors of depth, width, resolution give before rounding.",
      "reached: the growth of the network, whose layers, channels and pixels are whole numbers.",
    ] {
      #expect(output.lines.contains { $0 == line }, "\(line)")
    }
    #expect(
      output.standardOutput.contains(
        "at φ = 1 (α·β²·γ²)^φ is 1.92, the network has 2.57 × b0: repeats are rounded up"))
    // The released networks have the paper's FLOPs and top-1.
    let released = words.first { $0.first == "b1" }
    #expect(released?.suffix(3) == ["0.7", "B", "79.1"], "\(String(describing: released))")
    #expect(output.standardOutput.contains("1.811 G"))
    let both = try scale("table", "b0", "--baseline", "b1", "--no-latency")
    #expect(both.status == 2 && both.standardError.contains("both name the baseline"))
  }

  @Test("rounding is blamed on the maps if one more pixel enlarges them")
  func maps() throws {
    let output = try scale(
      "table", "b0", "--width", "0.25", "--resolution", "32", "--fine", "--no-latency", "--phi",
      "0,0.12")
    #expect(output.status == 0, "\(output.standardError)")
    #expect(
      output.standardOutput.contains("maps round up at 33 pixels (use a larger --resolution)."))
  }

  @Test("layers that grow with the width are named if nothing was rounded")
  func linear() throws {
    let output = try scale(
      "table", "b0", "--width", "0.25", "--no-latency", "--alpha", "1", "--beta", "2", "--gamma",
      "1", "--phi", "0...2")
    #expect(output.status == 0, "\(output.standardError)")
    #expect(
      output.standardOutput.contains(
        ": the stem, depthwise layers and the classifier grow with the width, not with its square.\n"
      ), "\(output.standardOutput)")
  }

  @Test("a fit prints the paper's conditions if α, β and γ do not meet them")
  func conditions() throws {
    let output = try scale("fit", "--macs", "1G", "--alpha", "0.9")
    #expect(
      output.standardOutput.contains(
        "The paper requires α, β and γ of at least 1 and α·β²·γ² ≈ 2; effnet takes "))
  }

  @Test("--limit is another name of --subset")
  func limit() throws {
    for name in ["--subset", "--limit"] {
      #expect(try ScaleSearchCommand.parse(["photos", name, "5"]).experiment.subset == 5)
    }
  }

  @Test(
    "every way to write a range of φ is understood",
    arguments: ["0...3", "0..3", "0…3", "0-3", "0, 1,2,3"])
  func ranges(text: String) throws {
    #expect(try NumberList.phis(text) == [0, 1, 2, 3])
    #expect(try NumberList.phis("-2...-1") == [-2, -1] && NumberList.phis("-3") == [-3])
  }

  @Test(
    "baselines of other families can be scaled",
    arguments: [
      ("mobilenet-v1", 4_231_976, [64, 128, 256, 512, 1024], [72, 144, 280, 560, 1128]),
      ("resnet-50-style", 25_549_352, [256, 512, 1024, 2048], [280, 560, 1128, 2256]),
    ])
  func families(name: String, parameters: Int, channels: [Int], scaled: [Int]) throws {
    let output = try scale(
      "table", "--baseline", name, "--phi", "0,1", "--no-latency", "--json", "--write", "nets")
    #expect(output.status == 0, "\(output.standardError)")
    let table = try output.json(Table.self)
    #expect(table.networks[0].parameters == parameters)
    #expect(table.networks.map(\.channels) == [channels, scaled])
    #expect(table.networks.allSatisfy { $0.released == nil })
    let path = try #require(table.networks[1].file)
    let read = try Architecture(json: folder.path(path))
    #expect(read.head == nil && NetworkCost(read).macs == table.networks[1].macs)
  }

  @Test("a table measures times")
  func times() throws {
    try writeBaseline()
    let output = try scale(
      "table", "--baseline", "tiny.json", "--phi", "0,1", "--threads", "1", "--json")
    let table = try output.json(Table.self)
    #expect(table.networks.count == 2 && table.networks.allSatisfy { ($0.median_ms ?? 0) > 0 })
  }

  private struct Fit: Decodable {
    let cost, share: Double
    let network: Table.Network
  }

  private func fit(_ arguments: String...) throws -> Fit {
    func run() throws -> CommandLineTool.Output {
      try CommandLineTool.effnet(
        arguments: ["scale", "fit"] + arguments + ["--json"], folder: folder.url)
    }
    var output = try run()
    // Other tests run at the same time, so that the times of runs may vary too much.
    for _ in 1..<20 where output.standardError.contains("times vary too much") {
      output = try run()
    }
    #expect(output.status == 0, "\(output.standardError)")
    #expect(
      output.standardError.contains("measuring networks for about 30 s")
        == arguments.contains("--latency"))
    return try output.json(Fit.self)
  }

  @Test("a fit gives the largest network within a budget")
  func budgets() throws {
    for (option, amount, number) in [
      ("--macs", "1.0G", 1e9), ("--macs", "100M", 1e8), ("--parameters", "8M", 8e6),
    ] {
      let found = try fit(option, amount, "--write", "nets")
      #expect(found.cost <= number && found.share > 0.9, "\(option) \(amount): \(found.share)")
      let path = try #require(found.network.file)
      let network = try Architecture(json: folder.path(path))
      let cost = NetworkCost(network)
      #expect(Double(option == "--macs" ? cost.macs : cost.parameters) == found.cost)
      let larger = Baseline(try Variant(named: "b0")).network(
        .paper, phi: found.network.phi + 0.001)
      let above = NetworkCost(larger)
      #expect(Double(option == "--macs" ? above.macs : above.parameters) > number)
    }
    let found = try fit("--memory", "60MB", "--threads", "1")
    #expect(found.cost <= 60e6 && found.share > 0.9)
  }

  @Test("a time budget is kept")
  func latency() throws {
    try writeBaseline()
    // BudgetFitTests checks how close the fit is, with a clock that does not depend on the machine.
    let found = try fit("--baseline", "tiny.json", "--latency", "3ms", "--threads", "1")
    #expect(found.cost <= 3 && found.cost == found.network.median_ms && found.share <= 1)
    #expect(found.network.phi > 0)
  }

  @Test(
    "extreme factors are refused",
    arguments: [
      ["table", "--alpha", "10", "--phi", "20", "--no-latency"],
      ["table", "--beta", "10", "--phi", "20", "--no-latency", "--fine"],
      ["table", "--gamma", "10", "--phi", "20", "--no-latency"],
      ["table", "--alpha", "0.1", "--phi", "-20", "--no-latency"],
      ["fit", "--alpha", "10", "--macs", "1e25"], ["fit", "--macs", "1e30"],
      ["fit", "--gamma", "10", "--parameters", "1G"],
    ])
  func beyond(arguments: [String]) throws {
    let output = try CommandLineTool.effnet(arguments: ["scale"] + arguments)
    #expect(output.status == 1 && output.standardOutput.isEmpty)
    #expect(output.standardError.contains("it must be"), "\(output.standardError)")
    #expect(output.standardError.split(separator: "\n").count == 1)
  }

  @Test("an unused part of the budget is explained")
  func step() throws {
    let output = try scale("fit", "--macs", "500M")
    #expect(output.status == 0 && output.standardOutput.contains("385.8 M MACs, 77."))
    #expect(output.standardOutput.contains("the next larger network takes "))
    let memory = try scale("fit", "--memory", "60MB", "--threads", "1")
    #expect(memory.standardOutput.contains(" MB of weights and activations, 9"))
    #expect(memory.standardOutput.contains("% of the budget (runs of 1 image, 1 thread, fp32); "))
    // The table shows what the budget limits, and no times that were not measured.
    let heading = try #require(memory.lines.first { $0.contains("parameters") })
    #expect(heading.split(separator: " ").suffix(2) == ["activations", "memory"], "\(heading)")
    #expect(memory.standardOutput.contains("Memory: the weights and activations of a run; "))
    for word in ["Memory: ", "median"] { #expect(!output.standardOutput.contains(word)) }
    let small = try scale("fit", "--macs", "0.5")
    #expect(small.standardError.contains("budget of 0.5000 MACs is too small"))
  }

  @Test("φ = 0 is the baseline, even if its channels are not multiples of 8")
  func oddBaseline() throws {
    let narrow = CommandLineTool.root.appending(path: "Docs/experiments/scaling/narrow.json").path
    let output = try scale(
      "table", "--baseline", narrow, "--phi", "0", "--no-latency", "--json", "--write", "nets")
    #expect(output.status == 0, "\(output.standardError)")
    var written = try Architecture(json: folder.path("nets/narrow-phi0.json"))
    written.name = "narrow"
    #expect(try written == Architecture(json: narrow))
  }

  @Test("errors and interruptions leave no files behind")
  func nothingLeft() throws {
    let fit = try scale("fit", "--parameters", "10", "--write", "nets")
    #expect(fit.status == 1 && fit.standardError.contains("the smallest network takes"))
    let errors = Pipe()
    let process = try CommandLineTool.start(
      ["scale", "table", "--phi", "0...8", "--write", "nets"], in: folder.url, errors: errors)
    try CommandLineTool.waitUntilInterruptible(process)
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    let message = errors.fileHandleForReading.readDataToEndOfFile()
    #expect(
      String(decoding: message, as: UTF8.self) == "stopped; unfinished files were not written\n")
    #expect(try folder.names.isEmpty)
  }

  @Test("impossible options are refused with the valid range")
  func nonsense() throws {
    for (arguments, words) in [
      (["table", "--alpha", "0"], "--alpha is 0.0; it must be"),
      (["table", "--beta", "-1.1"], "--beta is -1.1; it must be"),
      (["table", "--gamma", "nan"], "--gamma is nan; it must be"),
      (["table", "--phi", "3...1"], "it must be a list such as 0,1,2.5"),
      (["table", "--phi", ""], "it must be a list such as 0,1,2.5"),
      (["table", "--phi", "1,1"], "its values must differ within four decimals"),
      (["table", "--phi", "0.1,0.10001"], "see 'effnet scale table --help'"),
      (["table", "--baseline", "b99"], "no network is named 'b99'"),
      (["table", "--model", "b0", "--baseline", "b1"], "leave out one of them"),
      (["table", "--no-latency", "--threads", "1"], "leave out --threads"),
      (["fit"], "name exactly one budget"),
      (["fit", "--macs", "1G", "--latency", "5ms"], "name exactly one budget"),
      (["fit", "--latency", "5"], "--latency is '5'; it must be"),
      (["fit", "--macs", "-1G"], "--macs is '-1G'; it must be"),
      (
        ["fit", "--macs", "500MB"],
        "--macs is '500MB'; it must be above 0, such as 500M; the units are k, M, G or B (both 10^9)"
      ),
      (["fit", "--memory", "200M"], "it must be above 0, in B, KB, MB, GB or TB, such as 200MB"),
      (["fit", "--macs", "0x10M"], "--macs is '0x10M'; it must be"),
      (["fit", "--macs", "1e308G"], "--macs is '1e308G'; it must be"),
      (["fit", "--memory", "1000000GB"], "it must be at most this machine's"),
      (
        ["fit", "--macs", "1G", "--alpha", "1", "--beta", "1", "--gamma", "1"],
        "α·β²·γ² is 1; it must be above"
      ),
      (
        ["fit", "--macs", "1G", "--alpha", "0.9", "--beta", "0.9", "--gamma", "0.9"],
        "it must be above 1.01"
      ),
      (["fit", "--macs"], "see 'effnet scale fit --help'"),
      (["fit", "--macs", "1G", "--threads", "1"], "need --latency or --memory"),
    ] {
      let output = try CommandLineTool.effnet(arguments: ["scale"] + arguments, folder: folder.url)
      #expect(output.status == 2, "\(arguments): \(output.standardError)")
      #expect(output.standardError.contains(words), "\(arguments): \(output.standardError)")
    }
    let small = try scale("fit", "--parameters", "100")
    #expect(small.status == 1)
    #expect(small.standardError.contains("is too small: the smallest network takes"))
  }

  private func writeBaseline() throws {
    let network = Architecture(
      name: "tiny", resolution: 32, stem: 8,
      stages: [.mbConv(expand: 2, kernel: 3, stride: 2, channels: 16, repeats: 1)], head: 32,
      classes: 4, activation: .silu, dropout: 0)
    try Data(network.json.utf8).write(to: folder.url.appending(path: "tiny.json"))
  }
}

import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

/// Tables of scaled networks, and the largest network of a budget.
@Suite("effnet scale")
struct ScaleTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func scale(_ arguments: String...) throws -> CommandLineTool.Output {
    try CommandLineTool.run(
      CommandLineTool.buildFolder.appending(path: "effnet"), ["scale"] + arguments,
      folder: folder.url)
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
    let table = try JSONDecoder().decode(Table.self, from: Data(output.standardOutput.utf8))
    #expect(table.networks.map(\.phi) == [0, 1, 2, 3])
    let first = table.networks[0]
    #expect(first.parameters == 5_288_548 && first.resolution == 224)
    #expect(first.repeats == [1, 2, 2, 3, 3, 4, 1])
    #expect(table.networks.compactMap(\.released?.name) == ["b0", "b1", "b2", "b3"])
    #expect(first.released?.macs == first.macs)
    #expect(table.networks.allSatisfy { $0.median_ms == nil })
    for network in table.networks {
      let path = try #require(network.file)
      let read = try Architecture(json: folder.url.appending(path: path).path)
      #expect(read.name == network.name && NetworkCost(read).macs == network.macs)
    }
    let lines = try scale("table", "--phi", "0,0.5", "--no-latency", "--csv").standardOutput
      .split(separator: "\n")
    #expect(lines.count == 3 && lines[1].hasPrefix("0.0,1.0,1.0,1.0,224,1-2-2-3-3-4-1,16-24-40-"))
  }

  @Test(
    "baselines of other families are scaled, too",
    arguments: [
      ("mobilenet-v1", 4_231_976, [64, 128, 256, 512, 1024], [72, 144, 280, 560, 1128]),
      ("resnet-50-style", 25_549_352, [256, 512, 1024, 2048], [280, 560, 1128, 2256]),
    ])
  func families(name: String, parameters: Int, channels: [Int], scaled: [Int]) throws {
    let output = try scale(
      "table", "--baseline", name, "--phi", "0,1", "--no-latency", "--json", "--write", "nets")
    #expect(output.status == 0, "\(output.standardError)")
    let table = try JSONDecoder().decode(Table.self, from: Data(output.standardOutput.utf8))
    #expect(table.networks[0].parameters == parameters)
    #expect(table.networks.map(\.channels) == [channels, scaled])
    #expect(table.networks.allSatisfy { $0.released == nil })
    let path = try #require(table.networks[1].file)
    let read = try Architecture(json: folder.url.appending(path: path).path)
    #expect(read.head == nil && NetworkCost(read).macs == table.networks[1].macs)
  }

  @Test("a table measures times")
  func times() throws {
    try writeBaseline()
    let output = try scale(
      "table", "--baseline", "tiny.json", "--phi", "0,1", "--threads", "1", "--json")
    let table = try JSONDecoder().decode(Table.self, from: Data(output.standardOutput.utf8))
    #expect(table.networks.count == 2 && table.networks.allSatisfy { ($0.median_ms ?? 0) > 0 })
  }

  private struct Fit: Decodable {
    let cost, share: Double
    let network: Table.Network
  }

  private func fit(_ arguments: String...) throws -> Fit {
    let output = try CommandLineTool.run(
      CommandLineTool.buildFolder.appending(path: "effnet"),
      ["scale", "fit"] + arguments + ["--json"], folder: folder.url)
    #expect(output.status == 0, "\(output.standardError)")
    return try JSONDecoder().decode(Fit.self, from: Data(output.standardOutput.utf8))
  }

  @Test("the largest network of a budget, and none that is larger")
  func budgets() throws {
    for (option, amount, number) in [
      ("--macs", "1.0G", 1e9), ("--macs", "100M", 1e8), ("--parameters", "8M", 8e6),
    ] {
      let found = try fit(option, amount, "--write", "nets")
      #expect(found.cost <= number && found.share > 0.9, "\(option) \(amount): \(found.share)")
      let path = try #require(found.network.file)
      let network = try Architecture(json: folder.url.appending(path: path).path)
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
    let output = try scale(
      "fit", "--baseline", "tiny.json", "--latency", "3ms", "--threads", "1", "--json")
    // On a busy machine it may not be found: then that is said.
    guard output.status == 0 else {
      #expect(output.standardError.contains("times vary too much"))
      return
    }
    let found = try JSONDecoder().decode(Fit.self, from: Data(output.standardOutput.utf8))
    #expect(found.cost > 2.6 && found.share >= 0.9 && found.share <= 1)
  }

  @Test("nonsense is refused with what is possible")
  func nonsense() throws {
    for (arguments, words) in [
      (["table", "--alpha", "0"], "--alpha is 0.0; it may be"),
      (["table", "--beta", "-1.1"], "--beta is -1.1; it may be"),
      (["table", "--gamma", "nan"], "--gamma is nan; it may be"),
      (["table", "--phi", "3...1"], "φ is '3...1'; it may be"),
      (["table", "--phi", ""], "φ is ''; it may be"),
      (["table", "--baseline", "b99"], "there is no network 'b99'"),
      (["table", "--no-latency", "--threads", "1"], "leave out --threads"),
      (["fit"], "name one budget"),
      (["fit", "--macs", "1G", "--latency", "5ms"], "name one budget"),
      (["fit", "--latency", "5"], "--latency is '5'; it may be"),
      (["fit", "--macs", "-1G"], "--macs is '-1G'; it may be"),
      (["fit", "--macs", "1G", "--threads", "1"], "go with --latency and --memory"),
    ] {
      let output = try CommandLineTool.run(
        CommandLineTool.buildFolder.appending(path: "effnet"), ["scale"] + arguments,
        folder: folder.url)
      #expect(output.status == 2, "\(arguments): \(output.standardError)")
      #expect(output.standardError.contains(words), "\(arguments): \(output.standardError)")
    }
    let small = try scale("fit", "--parameters", "100")
    #expect(small.status == 1)
    #expect(small.standardError.contains("is below what the smallest network takes"))
  }

  private func writeBaseline() throws {
    let network = Architecture(
      name: "tiny", resolution: 32, stem: 8,
      stages: [.mbConv(expand: 2, kernel: 3, stride: 2, channels: 16, repeats: 1)], head: 32,
      classes: 4, activation: .silu, dropout: 0)
    try Data(network.json.utf8).write(to: folder.url.appending(path: "tiny.json"))
  }
}

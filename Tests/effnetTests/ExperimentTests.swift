import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

/// scale search, scale dimensions and scale fit --free on a few photos and tiny networks.
@Suite("effnet scale search and dimensions")
struct ExperimentCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let network = Architecture(
      name: "tiny", resolution: 16, stem: 8,
      stages: [
        .mbConv(expand: 1, kernel: 3, stride: 1, channels: 8, repeats: 1),
        .mbConv(expand: 2, kernel: 3, stride: 2, channels: 16, repeats: 2),
      ], head: 32, classes: 4, activation: .silu, dropout: 0)
    try Data(network.json.utf8).write(to: folder.url.appending(path: "tiny.json"))
    try folder.writeTwoShades("photos")
  }

  private func scale(_ arguments: [String]) throws -> CommandLineTool.Output {
    try CommandLineTool.run(
      CommandLineTool.buildFolder.appending(path: "effnet"), ["scale"] + arguments,
      folder: folder.url)
  }

  private static let quick = ["--baseline", "tiny.json", "--epochs", "1", "--batch", "4"]

  private struct Line: Decodable {
    let network: String
    let top1: Double?
    let top1_by_seed: [Double?]
    let top1_count, images: Int
    let top1_interval: [Double]
  }

  private struct Summary: Decodable {
    struct Network: Decodable {
      let name, title: String
      let macs: Int
      let top1, standard_error: Double?
      let top1_count, images: Int
      let top1_interval: [Double]
      let operations_asked, operations_reached: Double?
      let tied: Bool
    }
    let verdict: String
    let chance: Double
    let best: String?
    let highest: String
    let tied: [String]
    let output: String
    let networks: [Network]
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
  }

  @Test("a search prints a line for each network, ranks them and writes a report")
  func search() throws {
    let output = try scale(
      ["search", "photos"] + Self.quick + ["--points", "5", "--seeds", "2", "--fine", "--json"])
    #expect(output.status == 0, "\(output.standardError)")
    let lines = output.lines.map { Data($0.utf8) }
    #expect(lines.count == 6)
    let networks = try lines.dropLast().map { try JSONDecoder().decode(Line.self, from: $0) }
    #expect(Set(networks.map(\.network)).count == 5)
    #expect(networks.contains { $0.network == "a1.2-b1.1-g1.15" })
    #expect(
      networks.allSatisfy {
        let seeds = $0.top1_by_seed.compactMap(\.self)
        return seeds.count == 2 && $0.top1 == (seeds[0] + seeds[1]) / 2 && $0.images == 4
          && $0.top1_count <= 4 && $0.top1_interval.count == 2
      })
    let summary = try JSONDecoder().decode(Summary.self, from: lines[5])
    #expect(summary.output == "runs/scale-search/photos" && summary.networks.count == 5)
    // Four validation photos cannot tell a network from guessing.
    #expect(summary.verdict == "near chance" && summary.chance == 0.5 && summary.best == nil)
    #expect(summary.highest == summary.networks[0].name && summary.tied.contains(summary.highest))
    #expect(
      summary.networks.allSatisfy {
        $0.standard_error != nil && $0.images == 4 && $0.top1_count <= 4
          && $0.top1_interval.count == 2
      })
    #expect(summary.networks.contains { $0.title == "α 1.2, β 1.1, γ 1.15" })
    #expect(output.standardError.contains(" trainings, about "))
    let names = try FileManager.default.contentsOfDirectory(
      atPath: folder.url.appending(path: "runs/scale-search/photos").path
    ).sorted()
    #expect(
      names == [
        "accuracy.svg", "baseline.json", "best.json", "experiment.json", "report.html",
        "results.jsonl", "table.csv",
      ])
    #expect(try text("runs/scale-search/photos/report.html").contains("Accuracy surface"))
    #expect(try text("runs/scale-search/photos/table.csv").split(separator: "\n").count == 6)
    // Finished trainings are not repeated.
    let again = try scale(["search", "--resume", "runs/scale-search/photos"])
    #expect(again.status == 0 && !again.standardError.contains("trainings, about "))
    #expect(again.standardOutput.contains("No winner: even the best of 5 (α "))
    #expect(!again.standardOutput.contains("next: "), "nothing was learned")
  }

  @Test("the baseline is named and scaled as in train, and its networks are listed by factor")
  func scaled() throws {
    let output = try scale([
      "dimensions", "photos", "--model", "mobilenet-v1", "--width", "0.1", "--resolution", "32",
      "--factors", "2", "--seeds", "1", "--epochs", "1", "--batch", "8", "--threads", "2",
    ])
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.standardError.contains("5 different trainings, about "))
    let lines = output.lines
    let headings = lines.indices.filter { lines[$0].hasPrefix("network ") }
    try #require(headings.count == 2)
    for heading in headings {
      #expect(
        zip(
          lines[(heading + 1)...],
          ["baseline", "depth 2×", "width 2×", "resolution 2×", "compound 2×"]
        )
        .allSatisfy { $0.hasPrefix($1) })
      #expect(lines[heading].count <= 80)
    }
    #expect(lines[headings[0]].contains("asked  reached"))
    #expect(lines[headings[1] + 2].contains(" of 4 "), "photos are counted")
    #expect(output.standardOutput.contains("Each network was trained once"))
    let folder = "runs/scale-dimensions/photos"
    let baseline = try Architecture(
      json: self.folder.url.appending(path: "\(folder)/baseline.json").path)
    #expect(baseline.name == "mobilenet-v1-w0.1" && baseline.resolution == 32)
    #expect(try text("\(folder)/report.html").contains("There are no error bars"))
    // A search has a folder of its own.
    let other = try scale(["search", "--resume", folder])
    #expect(
      other.status == 1
        && other.standardError.contains(
          "it is an experiment of 'effnet scale dimensions'; to continue it: "
            + "effnet scale dimensions --resume \(folder)")
    )
    let training = try CommandLineTool.run(
      CommandLineTool.buildFolder.appending(path: "effnet"), ["train", "--resume", folder],
      folder: self.folder.url)
    #expect(training.status == 1)
    #expect(
      training.standardError
        == "effnet: \(folder): it is an experiment of 'effnet scale dimensions'; to continue it: "
        + "effnet scale dimensions --resume \(folder)\n")
    try Data().write(to: self.folder.url.appending(path: "photos/config.json"))
    let run = try scale(["search", "--resume", "photos"])
    #expect(
      run.status == 1
        && run.standardError.contains(
          "it is a run of 'effnet train'; to continue it: effnet train --resume photos")
    )
  }

  @Test("a killed and resumed experiment gives an identical table")
  func killed() throws {
    let arguments =
      ["dimensions", "photos"] + Self.quick + ["--factors", "1.5,2", "--seeds", "2", "--fine"]
    #expect(try scale(arguments + ["--output", "whole", "--quiet"]).status == 0)
    let process = Process()
    process.executableURL = CommandLineTool.buildFolder.appending(path: "effnet")
    process.currentDirectoryURL = folder.url
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.arguments = ["scale"] + arguments + ["--output", "killed", "--jobs", "1"]
    try process.run()
    let results = folder.url.appending(path: "killed/results.jsonl")
    for _ in 0..<3000 where !FileManager.default.fileExists(atPath: results.path) { usleep(2000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let other = try scale(["search", "--resume", "killed"])
    #expect(
      other.status == 1 && other.standardError.contains("effnet scale dimensions --resume killed"))
    let resumed = try scale(["dimensions", "--resume", "killed", "--jobs", "2"])
    #expect(resumed.status == 0, "\(resumed.standardError)")
    #expect(try text("killed/table.csv") == text("whole/table.csv"))
    #expect(
      !FileManager.default.fileExists(atPath: folder.url.appending(path: "killed/trials").path))
    // The measured trade-off chooses the mix for a budget.
    let free = try scale(
      ["fit", "--baseline", "tiny.json", "--macs", "2M", "--free", "whole", "--fine"])
    #expect(free.status == 0, "\(free.standardError)")
    #expect(free.standardOutput.contains("by the measured trade-off"))
    let small = try scale(
      ["fit", "--baseline", "tiny.json", "--macs", "10K", "--free", "whole", "--fine"])
    #expect(small.status == 1, "\(small.standardError)")
    // A top-1 accuracy of 7 is impossible.
    let wrong = try text("whole/results.jsonl").replacing(/"top1":[0-9.]+/, with: "\"top1\":7")
    try Data(wrong.utf8).write(to: folder.url.appending(path: "whole/results.jsonl"))
    let refused = try scale(["dimensions", "--resume", "whole"])
    #expect(refused.status == 1 && refused.standardError.contains("it is damaged: the top-1 of"))
  }

  @Test("impossible options are refused with the valid range")
  func nonsense() throws {
    for (arguments, words) in [
      (["search", "photos", "--budget", "1"], "--budget is 1.0; it must be"),
      (["search", "photos", "--budget", "19", "--tolerance", "0.01"], "the grid is empty"),
      (["search", "photos", "--step", "0"], "--step is 0.0; it must be"),
      (["search", "photos", "--step", "0.005", "--tolerance", "1"], "raise --step"),
      (["search", "photos", "--tolerance", "-1"], "--tolerance is -1.0; it must be"),
      (["search", "photos", "--points", "0"], "--points is 0; it must be"),
      (["search", "photos", "--seeds", "0"], "--seeds is 0; it must be"),
      (["search"], "no photos given; name photos to train on"),
      (["search", "--resume", "x", "--epochs", "2"], "leave out --epochs"),
      (["search", "--resume", "x", "--dry-run"], "Unknown option '--dry-run'"),
      (["search", "photos", "--model", "b99"], "no network is named 'b99'"),
      (["search", "photos", "--model", "b0", "--baseline", "b0"], "leave out one of them"),
      (["dimensions", "photos", "--factors", "1,2"], "they must be above 1"),
      (["dimensions", "photos", "--factors", "2,2"], "they must differ"),
      (["dimensions", "photos", "--under", "2"], "a list of depths and resolutions"),
      (
        ["dimensions", "photos", "--alpha", "1", "--beta", "1", "--gamma", "1"],
        "it must be above 1.01"
      ),
      (["dimensions", "photos", "--alpha", "-1"], "--alpha is -1.0; it must be"),
      (["fit", "--macs", "1G", "--free", "x", "--alpha", "1.3"], "leave out --alpha"),
    ] {
      let output = try scale(arguments)
      #expect(output.status == 2, "\(arguments): \(output.standardError)")
      #expect(output.standardError.contains(words), "\(arguments): \(output.standardError)")
    }
    for (arguments, words) in [
      (["search", "photos", "--halve", "9"], "9 halvings need at least 512 epochs"),
      (["search", "photos/dark"], "class"), (["search", "none"], "none"),
      (["dimensions", "--resume", "photos"], "not the folder of an experiment"),
      (["fit", "--macs", "1G", "--free", "photos"], "not the folder of an experiment"),
    ] {
      let output = try scale(arguments)
      #expect(output.status == 1, "\(arguments): \(output.standardError)")
      #expect(output.standardError.contains(words), "\(arguments): \(output.standardError)")
      #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "runs").path))
    }
  }
}

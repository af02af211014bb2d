import EfficientNet
import EfficientNetTestSupport
import EfficientNetTraining
import Foundation
import Testing

@testable import effnet

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
    try CommandLineTool.effnet(arguments: ["scale"] + arguments, folder: folder.url)
  }

  private static let quick = ["--baseline", "tiny.json", "--epochs", "1", "--batch", "4"]

  private struct Line: Decodable {
    let network: String
    let top1: Double?
    let top1_by_seed: [Double?]
    let top1_count: Double
    let images: Int
    let top1_interval: [Double]
  }

  private struct Summary: Decodable {
    struct Network: Decodable {
      let name, title: String
      let macs, parameters: Int
      let phi: Double?
      let top1, standard_error: Double?
      let top1_count: Double
      let images: Int
      let top1_interval: [Double]
      let operations_asked, operations_reached: Double?
      let compound_minus_it, compound_margin: Double?
      let compound_is: String?
      let tied: Bool?
      let near_chance, distorted: Bool
      let left_out_after: Int?
    }
    let verdict: String
    let findings: [String]
    let chance: Double
    let highest_margin, highest_p: Double?
    let best: String?
    let highest: String
    let tied: [String]
    let output: String
    let networks: [Network]
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
        // The counts are a mean over the seeds, like the accuracy.
        return seeds.count == 2 && $0.top1 == (seeds[0] + seeds[1]) / 2 && $0.images == 4
          && $0.top1_count == $0.top1.map { 4 * $0 } && $0.top1_interval.count == 2
      })
    let summary = try JSONDecoder().decode(Summary.self, from: lines[5])
    #expect(summary.output == "runs/scale-search/photos" && summary.networks.count == 5)
    // Four validation photos cannot tell a network from guessing.
    #expect(summary.verdict == "near chance" && summary.chance == 0.5 && summary.best == nil)
    #expect(summary.highest == summary.networks[0].name && summary.tied.contains(summary.highest))
    #expect(
      summary.networks.allSatisfy {
        $0.standard_error != nil && $0.images == 4 && $0.top1_count <= 4 && $0.near_chance
          && $0.top1_interval.count == 2
      })
    #expect(summary.networks.contains { $0.title == "α 1.2, β 1.1, γ 1.15" })
    #expect(output.standardError.contains(" trainings, about "))
    let names = try folder.names("runs/scale-search/photos")
    #expect(
      names == [
        "accuracy.svg", "baseline.json", "best.json", "experiment.json", "report.html",
        "results.jsonl", "table.csv",
      ])
    #expect(try folder.text("runs/scale-search/photos/report.html").contains("Accuracy surface"))
    #expect(try folder.text("runs/scale-search/photos/table.csv").split(separator: "\n").count == 6)
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
    try #require(headings.count == 3)
    // What the factors give after rounding.
    #expect(lines[headings[1]].contains("pixels  layers per stage"))
    #expect(lines[headings[1] + 1].contains("      32  1-2-2-6-2  "), "\(lines[headings[1] + 1])")
    for heading in headings {
      #expect(
        zip(
          lines[(heading + 1)...],
          ["baseline", "depth 2×", "width 2×", "resolution 2×", "compound 2×"]
        )
        .allSatisfy { $0.hasPrefix($1) })
      #expect(lines[heading].count <= 80)
    }
    #expect(
      lines[headings[0]].split(separator: " ")
        == ["network", "d", "w", "r", "d·w²·r²", "asked", "reached", "MACs"])
    #expect(
      output.standardOutput.contains("\nnear chance: not clearly better than guessing (50.0"))
    // The multiple in the name is that of the operations, not the factor on the depth.
    #expect(
      output.standardOutput.contains(
        "\nnetwork: depth 2× is scaled to 2 times the baseline's operations (MACs), as nearly as "
          + "rounding allows\n"))
    let depth = lines[headings[0] + 2].split(separator: " ")
    try #require(depth.count >= 9)
    #expect(Double(depth[2]).map { $0 > 1 } == true && depth[3...4] == ["1.00", "1.00"])
    #expect(depth[5] == depth[2], "\(depth)")
    #expect(lines[headings[2] + 2].contains(" of 4 "), "photos are counted")
    #expect(output.standardOutput.contains("Each network was trained once"))
    let folder = "runs/scale-dimensions/photos"
    let json = try scale(["dimensions", "--resume", folder, "--json"]).json(Summary.self)
    #expect(
      json.networks.count {
        $0.compound_minus_it != nil && $0.compound_margin != nil && $0.compound_is != nil
      } == 3, "depth, width and resolution")
    #expect(json.highest_margin ?? 0 > 0 && 0...1 ~= json.highest_p ?? -1)
    let baseline = try Architecture(json: self.folder.path("\(folder)/baseline.json"))
    #expect(baseline.name == "mobilenet-v1-w0.1" && baseline.resolution == 32)
    #expect(try self.folder.text("\(folder)/report.html").contains("There are no error bars"))
    // The file of the settings is a recipe, too.
    let recipe = try CommandLineTool.effnet(
      arguments: ["recipe", "--recipe", "\(folder)/experiment.json"], folder: self.folder.url)
    #expect(recipe.standardOutput.contains("\"batch\" : 8"), "\(recipe)")
    // A search has a folder of its own.
    let other = try scale(["search", "--resume", folder])
    #expect(
      other.status == 1
        && other.standardError.contains(
          "it is an experiment of 'effnet scale dimensions'; to continue it: "
            + "effnet scale dimensions --resume \(folder)")
    )
    let training = try CommandLineTool.effnet(
      arguments: ["train", "--resume", folder], folder: self.folder.url)
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

  /// Gives a network of an experiment a top-1 of 1 and all others 0.1, or all of them 1.
  private func setBest(_ name: String?, in place: String) throws {
    let lines = try folder.text("\(place)/results.jsonl").split(separator: "\n").map { line in
      let isBest = name.map { line.contains("\"candidate\":\"\($0)\"") } ?? true
      return line.replacing(/"top1":[0-9.e-]+/, with: "\"top1\":\(isBest ? 1 : 0.1)") + "\n"
    }
    let file = folder.url.appending(path: "\(place)/results.jsonl")
    try Data(lines.joined().utf8).write(to: file)
  }

  @Test("the table shows φ, and the next command builds the network that was trained")
  func nextNetwork() throws {
    let place = "runs/scale-search/photos"
    let output = try scale(
      ["search", "photos"] + Self.quick + ["--points", "4", "--seeds", "1", "--equal-macs"]
        + ["--fine", "--split", "0.5", "--json"])
    #expect(output.status == 0, "\(output.standardError)")
    let summary = try JSONDecoder().decode(Summary.self, from: Data((output.lines.last ?? "").utf8))
    #expect(summary.networks.contains { $0.phi.map { abs($0 - 1) > 0.05 } ?? false })
    for network in summary.networks {
      try setBest(network.name, in: place)
      let shown = try scale(["search", "--resume", place])
      let heading = try #require(shown.lines.first { $0.hasPrefix("network ") })
      #expect(heading.contains(" φ  parameters"), "\(heading)")
      #expect(heading.contains(" MACs  × baseline  top-1, %"), "\(heading)")
      #expect(shown.standardOutput.contains("\nφ: α^φ, β^φ and γ^φ are the network's factors; "))
      let phi = try #require(network.phi)
      #expect(
        shown.standardOutput.contains(" to the power of φ = ") == (phi != 1), "\(shown.lines)")
      if let growth = shown.standardOutput.firstMatch(of: /Rounding gives it (.*?) times/)?.1 {
        let row = shown.lines.drop { !$0.hasPrefix("network ") }.dropFirst().first
        #expect(row?.contains(" \(growth) ") == true, "\(shown.lines)")
      }
      let next = try #require(shown.lines.last).split(separator: " ").map(String.init)
      try #require(next.starts(with: ["next:", "effnet", "scale", "table"]), "\(next)")
      let table = try scale(Array(next.dropFirst(3)) + ["--phi", "1", "--no-latency", "--json"])
      let built = try table.json(BuiltTable.self)
      #expect(built.networks.map(\.parameters) == [network.parameters], "\(next)")
      #expect(built.networks.map(\.macs) == [network.macs], "\(next)")
    }
    // Without a winner, the command is no recommendation.
    try setBest(nil, in: place)
    let tied = try scale(["search", "--resume", place])
    let end = tied.lines.suffix(2)
    #expect(end.first?.hasPrefix("There is no winner. To continue with α ") == true, "\(end)")
    #expect(end.last?.hasPrefix("next: effnet scale table --model ") == true, "\(end)")
  }

  private struct BuiltTable: Decodable {
    struct Network: Decodable { let parameters, macs: Int }
    let networks: [Network]
  }

  @Test("the next command keeps the recipe of a study")
  func recipeOptions() {
    var recipe = Recipe.short
    (recipe.epochs, recipe.warmUpEpochs) = (10, 0.5)
    #expect(recipe.options(orFile: "e.json") == ["--recipe", "short", "--epochs", "10"])
    recipe.batch = 8
    #expect(recipe.options(orFile: "e.json") == ["--recipe", "e.json"])
    recipe.name = "mine"
    #expect(recipe.options(orFile: "e.json") == ["--recipe", "e.json"])
  }

  @Test("a killed and resumed experiment gives an identical table")
  func killed() throws {
    let arguments =
      ["dimensions", "photos"] + Self.quick + ["--factors", "1.5,2", "--seeds", "2", "--fine"]
    #expect(try scale(arguments + ["--output", "whole", "--quiet"]).status == 0)
    let process = try CommandLineTool.start(
      ["scale"] + arguments + ["--output", "killed", "--jobs", "1"], in: folder.url)
    while !folder.exists("killed/results.jsonl"), process.isRunning { usleep(2000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let other = try scale(["search", "--resume", "killed"])
    #expect(
      other.status == 1 && other.standardError.contains("effnet scale dimensions --resume killed"))
    let resumed = try scale(["dimensions", "--resume", "killed", "--jobs", "2"])
    #expect(resumed.status == 0, "\(resumed.standardError)")
    #expect(try folder.text("killed/table.csv") == folder.text("whole/table.csv"))
    #expect(!folder.exists("killed/trials"))
    // The measured trade-off chooses the mix for a budget.
    let free = try scale(
      ["fit", "--baseline", "tiny.json", "--macs", "2M", "--free", "whole", "--fine"])
    #expect(free.status == 0, "\(free.standardError)")
    #expect(free.standardOutput.contains("by the measured trade-off"))
    #expect(
      free.standardOutput.contains(
        /expected: -?[0-9.]+ ± [0-9.]+ points of top-1 over the baseline/))
    #expect(free.standardOutput.contains("the fit misses the 9 networks that it was made from"))
    #expect(
      free.standardOutput.contains(
        #/\nbefore rounding, the factors of this network give [\d.]+ times the baseline's /#),
      "\(free)")
    // Four validation photos cannot tell a network from guessing.
    #expect(free.standardError.contains("note: whole: no network of the experiment is clearly"))
    let larger = try scale([
      "fit", "--model", "tiny.json", "--resolution", "24", "--macs", "2M", "--free", "whole",
      "--fine",
    ])
    #expect(
      larger.status == 1
        && larger.standardError.contains(
          "the experiment measured 'tiny' at 16 pixels, not at 24; use its baseline")
    )
    // Without a model, the baseline and the rounding are the experiment's.
    let standard = try scale(["fit", "--macs", "2M", "--free", "whole"])
    let named = try scale([
      "fit", "--model", "whole/baseline.json", "--macs", "2M", "--free", "whole", "--fine",
    ])
    #expect(standard.status == 0 && standard.standardOutput == named.standardOutput)
    #expect(!standard.standardError.contains("the experiment measured"))
    // The photos have 2 classes, tiny.json has 4.
    #expect(
      free.standardError.contains("note: whole: the experiment measured 2 classes, not 4"),
      "\(free.standardError)")
    let small = try scale(
      ["fit", "--baseline", "tiny.json", "--macs", "10K", "--free", "whole", "--fine"])
    #expect(small.status == 1, "\(small.standardError)")
    // Only the training whose line is cut off is repeated.
    let cut = try folder.text("whole/results.jsonl").dropLast(9)
    try Data(cut.utf8).write(to: folder.url.appending(path: "whole/results.jsonl"))
    let repeated = try scale(["dimensions", "--resume", "whole"])
    #expect(
      repeated.status == 0 && repeated.standardError.contains(" is cut off, so its training is "),
      "\(repeated)")
    #expect(try folder.text("killed/table.csv") == folder.text("whole/table.csv"))
    // A top-1 accuracy of 7 is impossible.
    let wrong = try folder.text("whole/results.jsonl").replacing(
      /"top1":[0-9.]+/, with: "\"top1\":7")
    try Data(wrong.utf8).write(to: folder.url.appending(path: "whole/results.jsonl"))
    let refused = try scale(["dimensions", "--resume", "whole"])
    #expect(
      refused.status == 1 && refused.standardError.contains("it is damaged: line 1: the top-1 of"),
      "\(refused)")
  }

  @Test("a finished experiment takes more seeds, and ends as one that had them from the start")
  func moreSeeds() throws {
    let arguments =
      ["dimensions", "photos"] + Self.quick + ["--factors", "2", "--fine", "--quiet"]
    #expect(try scale(arguments + ["--seeds", "2", "--output", "whole"]).status == 0)
    #expect(try scale(arguments + ["--seeds=1", "--output", "grown"]).status == 0)
    let (settings, results) = (
      try folder.text("grown/experiment.json"), try folder.text("grown/results.jsonl")
    )
    let resume = ["dimensions", "--resume", "grown", "--seeds"]
    let estimate = try scale(resume + ["2", "--estimate"])
    #expect(estimate.status == 0, "\(estimate)")
    #expect(estimate.standardOutput.contains("5 networks, 2 trainings of each"), "\(estimate)")
    #expect(try folder.text("grown/experiment.json") == settings, "an estimate changes nothing")
    let resumed = try scale(resume + ["2"])
    #expect(resumed.status == 0, "\(resumed)")
    #expect(try folder.text("grown/table.csv") == folder.text("whole/table.csv"))
    #expect(try folder.text("grown/results.jsonl").hasPrefix(results), "nothing is trained again")
    // The command of the experiment has the new number.
    let changed = try folder.text("grown/experiment.json")
    #expect(changed.contains(" --output grown --seeds 2\"") && !changed.contains("--seeds=1"))
    let fewer = try scale(resume + ["1"])
    #expect(
      fewer.status == 2
        && fewer.standardError.contains(
          "--seeds is 1; grown has 2 trainings of each network, so it must be at least 2"),
      "\(fewer)")
    #expect(try folder.text("grown/experiment.json") == changed)
  }

  @Test("an experiment that was resumed for more seeds and interrupted is not listed as finished")
  func interruptedSeeds() throws {
    let begun = try scale(
      ["dimensions", "photos"] + Self.quick
        + ["--factors", "2", "--fine", "--seeds", "1", "--output", "grown", "--quiet"])
    #expect(begun.status == 0, "\(begun)")
    func runs() throws -> String {
      try CommandLineTool.effnet(arguments: ["runs", "grown"], folder: folder.url).standardOutput
    }
    #expect(try runs().contains("finished, 5 trainings"))
    // An unreadable photo stops the new trainings.
    let photo = folder.url.appending(path: "photos/dark/0.png")
    let bytes = try Data(contentsOf: photo)
    try Data("no photo".utf8).write(to: photo)
    let resume = ["dimensions", "--resume", "grown"]
    let stopped = try scale(resume + ["--seeds", "2", "--broken", "0"])
    #expect(stopped.status == 1, "\(stopped)")
    let interrupted = try runs()
    #expect(interrupted.contains("interrupted, 5 trainings"), "\(interrupted)")
    #expect(interrupted.contains("\n  effnet scale dimensions --resume grown\n"))
    try bytes.write(to: photo)
    #expect(try scale(resume).status == 0)
    #expect(try runs().contains("finished, 10 trainings"))
  }

  @Test("in another folder, the next command has the absolute path of the photos")
  func nextFromElsewhere() throws {
    let begun = try scale(
      ["dimensions", "photos"] + Self.quick
        + ["--factors", "2", "--fine", "--seeds", "1", "--split", "0.5", "--output", "mine"]
        + ["--quiet"])
    #expect(begun.status == 0, "\(begun)")
    try setBest(nil, in: "mine")
    let here = try scale(["dimensions", "--resume", "mine"])
    #expect(
      here.lines.last?.hasPrefix("next: effnet train photos --model mine/best.json ") == true,
      "\(here)")
    let there = try CommandLineTool.effnet(
      arguments: ["scale", "dimensions", "--resume", "../mine"],
      folder: folder.url.appending(path: "photos"))
    let next = try #require(there.lines.last)
    #expect(next.hasPrefix("next: effnet train /"), "\(there)")
    #expect(next.contains("/photos --model ../mine/best.json "), "\(there)")
  }

  @Test("--halve lists the networks that it leaves out")
  func halved() throws {
    let arguments =
      ["search", "photos", "--model", "tiny.json", "--fine", "--points", "4", "--seeds", "1"]
      + ["--batch", "4", "--epochs", "4", "--halve", "2"]
    let output = try scale(arguments + ["--json"])
    #expect(output.status == 0, "\(output.standardError)")
    let summary = try JSONDecoder().decode(Summary.self, from: Data((output.lines.last ?? "").utf8))
    #expect(summary.networks.map(\.left_out_after) == [nil, 2, 1, 1])
    // A single network was trained in full, so it is compared with no other.
    #expect(summary.networks.allSatisfy { $0.tied == nil } && summary.tied.isEmpty)
    #expect(summary.findings.contains { $0.contains("left out 2 after 1 epoch, 1 after 2 epochs") })
    let place = "runs/scale-search/photos"
    #expect(try folder.text("\(place)/table.csv").split(separator: "\n").count == 5)
    #expect(
      try folder.text("\(place)/report.html").contains(
        "1 trained in full; the others were left out"))
    let shown = try scale(["search", "--resume", place])
    #expect(shown.lines.count { $0.hasSuffix("left out after 1 epoch") } == 2)
    // The command of a new experiment keeps the options that are not changed.
    let refused = try scale(["search", "--resume", place, "--epochs=6"])
    #expect(refused.status == 2)
    #expect(
      refused.standardError.contains(
        "leave out --epochs, or start a new experiment with '"), "\(refused.standardError)")
    #expect(
      refused.standardError.contains(
        "scale search photos --model tiny.json --fine --points 4 --seeds 1 --batch 4 --halve 2 "
          + "--json --epochs=6'; see"), "\(refused.standardError)")
  }

  @Test("--estimate prints what would be trained, and leaves no folder")
  func estimate() throws {
    let arguments = ["search", "photos"] + Self.quick + ["--seeds", "2", "--estimate"]
    let output = try scale(arguments)
    #expect(output.status == 0, "\(output.standardError)")
    #expect(
      output.standardOutput.contains("108 networks, 2 trainings of each, 1 epoch of 16 photos"))
    #expect(output.standardOutput.contains(" different trainings, about "))
    #expect(
      output.standardOutput.contains("; networks that round to the same one are trained once\n"))
    struct Estimate: Decodable {
      let networks, trainings: Int
      let seconds, margin_of_photos: Double
    }
    #expect(
      output.standardOutput.contains(
        #/with 4 validation photos, .* below 69\.3 points may be random \(95 %\), before /#))
    let json = try scale(arguments + ["--json"])
    let estimate = try json.json(Estimate.self)
    #expect(estimate.networks == 108 && estimate.trainings < 216 && estimate.seconds > 0)
    #expect(abs(estimate.margin_of_photos - 1.96 * (0.5 / 4).squareRoot()) < 1e-9)
    let few = try scale(["dimensions", "photos", "--factors", "2", "--estimate"] + Self.quick)
    #expect(few.standardOutput.contains("'effnet scale fit --free' needs at least 8 networks"))
    let enough = try scale(["dimensions", "photos", "--factors", "2,3", "--estimate"] + Self.quick)
    #expect(enough.status == 0 && !enough.standardOutput.contains("--free"), "\(enough)")
    #expect(!folder.exists("runs"))
  }

  @Test("an experiment that is interrupted before its first result leaves no folder")
  func interruptedEarly() throws {
    let errors = Pipe()
    let process = try CommandLineTool.start(
      [
        "scale", "search", "photos", "--model", "tiny.json", "--epochs", "20000", "--batch", "4",
        "--output", "early", "--quiet",
      ], in: folder.url, errors: errors)
    while !folder.exists("early/experiment.json"), process.isRunning { usleep(2000) }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(message.hasSuffix("stopped; nothing was written\n"), "\(message)")
    #expect(!folder.exists("early"))
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
      #expect(!folder.exists("runs"))
    }
  }
}

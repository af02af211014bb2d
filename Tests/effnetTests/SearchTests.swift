import EfficientNet
import EfficientNetSearch
import EfficientNetTestSupport
import Foundation
import Testing

/// effnet search on a few photos and tiny networks.
@Suite("effnet search")
struct SearchCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.writeTwoShades("photos")
  }

  private func effnet(_ arguments: [String]) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(arguments: arguments, folder: folder.url)
  }

  private static let quick = quick(top: 1)
  private static func quick(top: Int) -> [String] {
    [
      "search", "photos", "--space", "efficientnet", "--width", "0.25", "--stages", "2",
      "--resolution", "16", "--epochs", "1", "--batch", "4", "--samples", "6", "--proposals", "3",
      "--top", "\(top)", "--top-epochs", "2", "--top-seeds", "1",
    ]
  }

  private struct Line: Decodable {
    let number: Int
    let network: String
    let reward, cost: Double
    let top1: Double?
    let top1_count, images: Int
    let top1_interval: [Double]
    let architecture: Architecture
  }

  private struct Summary: Decodable {
    struct Network: Decodable {
      let name: String
      let reward: Double
      let tied: Bool?
    }
    struct Objective: Decodable { let cost: String, target: Double }
    let objective: Objective
    let verdict: String
    let tied: [String]
    let networks: [Network]
    let best: String?
    let highest: String
    let output: String
    let findings: [String]
  }

  @Test("a search prints a JSON line for each proposal, and train and scale accept its network")
  func searched() throws {
    let output = try effnet(Self.quick + ["--json"])
    #expect(output.status == 0, "\(output.standardError)")
    let lines = output.standardOutput.split(separator: "\n").map { Data($0.utf8) }
    let samples = try lines.prefix(6).map { try JSONDecoder().decode(Line.self, from: $0) }
    #expect(samples.map(\.number) == Array(1...6))
    #expect(samples.allSatisfy { $0.architecture.stages.count == 2 && $0.cost > 0 })
    #expect(
      samples.allSatisfy {
        $0.top1 == Double($0.top1_count) / 4 && $0.images == 4 && $0.top1_interval.count == 2
      })
    let summary = try JSONDecoder().decode(Summary.self, from: try #require(lines.last))
    #expect(summary.output == "runs/search/photos")
    #expect(summary.verdict == "near chance" && summary.best == nil)
    #expect(output.standardError.contains("8 different trainings, about "))
    #expect(output.standardError.contains("\nTarget: "))
    #expect(output.standardError.contains(" operations; reward = top-1 · (cost / target)^−0.07.\n"))
    for file in ["report.html", "search.csv", "table.csv", "accuracy.svg", "reward.svg"] {
      #expect(try folder.text("runs/search/photos/\(file)").count > 100, "\(file)")
    }
    let reference = try Architecture(json: folder.path("runs/search/photos/reference.json"))
    #expect(reference.name == "reference" && summary.networks.contains { $0.name == "reference" })
    #expect(summary.objective.cost == "macs" && summary.objective.target > 0)
    let winner = "runs/search/photos/best.json"
    #expect(try folder.text(winner).contains("\"stages\""))
    let table = try effnet(
      ["scale", "table", "--baseline", winner, "--phi", "0,1", "--no-latency", "--fine"])
    #expect(table.status == 0, "\(table.standardError)")
    let train = try effnet([
      "train", "photos", "--model", winner, "--from-scratch", "--epochs", "1", "--quiet",
    ])
    #expect(train.status == 0, "\(train.standardError)")

    // Known networks are not trained again.
    let again = try effnet(["search", "--resume", "runs/search/photos"])
    #expect(again.status == 0 && again.standardOutput.contains("The search, 1 epoch each:\n"))
    #expect(again.standardOutput.contains("MB6 k5 se c40 ×3 pool: operation, kernel 5×5"))
    let proposals = again.lines.drop { !$0.hasPrefix("network ") }
      .prefix { $0 != "Their stages:" }
    #expect(proposals.count > 1 && proposals.allSatisfy { $0.count <= 100 })
    #expect(again.lines.drop { $0 != "Their stages:" }.dropFirst().first?.contains(" · ") == true)
    // Four validation photos cannot tell a network from guessing.
    #expect(again.standardOutput.contains("\nNo winner: n"))
    #expect(
      again.lines.count { $0.hasPrefix("near chance: not clearly better than guessing (") } == 1)
    #expect(again.standardOutput.contains("It cannot be said whether the controller learned"))
    #expect(again.standardOutput.contains("\n\nHow to read a stage: MB6 k5 se c40 ×3 pool: "))
    #expect(again.standardOutput.contains("; sep, MB3, MB6: MBConv1, MBConv3, MBConv6\n"))
    #expect(try folder.text("runs/search/photos/search.csv").contains(" · "))
    #expect(!again.standardOutput.contains("1. n1: "), "what was known is not news")
    let foreign = try effnet(Self.quick + ["--against", "nothing", "--output", "never"])
    #expect(foreign.status == 1 && foreign.standardError.contains("the folder does not exist"))
    let longer = Self.quick.map { $0 == "4" ? "5" : $0 }
    let unlike = try effnet(longer + ["--against", "runs/search/photos", "--output", "never"])
    #expect(unlike.status == 1 && unlike.standardError.contains("rewards cannot be compared"))
    #expect(!folder.exists("never"))
    let random = try effnet(
      Self.quick + [
        "--controller", "random", "--against", "runs/search/photos", "--output", "random",
        "--quiet",
      ])
    #expect(random.status == 0, "\(random.standardError)")
    // Searches have the names of their folders.
    #expect(try folder.text("random/reward.svg").contains(">photos<"))
    let itself = try effnet(["search", "--resume", "random", "--against", "./random/"])
    #expect(
      itself.status == 1
        && itself.standardError.contains("--against names the search itself; name another search"),
      "\(itself)")
    // A resumed search compares with the same searches, from any folder.
    let same = try CommandLineTool.effnet(
      arguments: ["search", "--resume", "../random", "--quiet"],
      folder: folder.url.appending(path: "photos"))
    #expect(same.status == 0, "\(same)")
    #expect(try folder.text("random/reward.svg").contains(">photos<"))
    let other = folder.url.appending(path: "other")
    try FileManager.default.createDirectory(at: other, withIntermediateDirectories: false)
    try FileManager.default.copyItem(
      at: folder.url.appending(path: "runs/search/photos"), to: other.appending(path: "photos"))
    let several = try effnet([
      "search", "--resume", "random", "--against", "runs/search/photos", "--against",
      "other/photos",
    ])
    #expect(several.status == 0, "\(several.standardError)")
    let chart = try folder.text("random/reward.svg")
    #expect(chart.contains(">photos (1)<") && chart.contains(">photos (2)<"))
    // The last --against counts.
    #expect(try effnet(["search", "--resume", "random"]).status == 0)
    #expect(try folder.text("random/reward.svg") == chart)
    let twice = try effnet([
      "search", "--resume", "random", "--against", "other/photos", "--against", "./other/photos/",
    ])
    #expect(
      twice.status == 1
        && twice.standardError.contains("--against names this search twice; name it once"))
    try FileManager.default.removeItem(at: other)
    let fewer = try effnet(["search", "--resume", "random"])
    #expect(fewer.status == 0, "\(fewer)")
    #expect(
      fewer.standardError.contains(
        "/other/photos: the search that --against named is no longer there; the report leaves it "
          + "out\n"), "\(fewer)")
    #expect(try folder.text("random/reward.svg").contains(">photos<"))
  }

  @Test("a resumed search trains its finalists with more seeds, never with fewer")
  func moreFinalSeeds() throws {
    #expect(try effnet(Self.quick(top: 2) + ["--output", "mine", "--quiet"]).status == 0)
    func trainings() throws -> Int {
      try folder.text("mine/results.jsonl").split(separator: "\n").count
    }
    let before = try trainings()
    let more = try effnet(["search", "--resume", "mine", "--top-seeds", "2", "--quiet"])
    #expect(more.status == 0, "\(more)")
    // Two finalists and perhaps the reference.
    let added = try trainings() - before
    #expect([2, 3].contains(added))
    let same = try effnet(["search", "--resume", "mine", "--quiet"])
    let unchanged = try trainings() - before
    #expect(same.status == 0 && unchanged == added, "\(same)")
    let fewer = try effnet(["search", "--resume", "mine", "--top-seeds", "1"])
    #expect(fewer.status == 2, "\(fewer)")
    #expect(fewer.standardError.contains("--top-seeds is 1; mine has 2 longer trainings of each"))
    // The settings of a search are a recipe, also by its folder.
    let recipe = try effnet(["recipe", "--recipe", "mine"])
    #expect(recipe.status == 0 && recipe.standardOutput.contains("\"batch\" : 4"), "\(recipe)")
    let again = try effnet(Self.quick(top: 2) + ["--output", "mine"])
    #expect(
      again.status == 1
        && again.standardError.contains("or resume the experiment: effnet search --resume mine"),
      "\(again)")
  }

  /// Replaces the accuracies of all trainings: every photo is right by n1, half of them by others.
  private func invent(_ search: String) throws {
    let path = "\(search)/results.jsonl"
    let lines = try folder.text(path).split(separator: "\n").map { line in
      line.replacing(
        /"top1":[0-9.e-]+/,
        with: line.contains("\"candidate\":\"n1\"") ? "\"top1\":1" : "\"top1\":0.5")
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(
      to: folder.url.appending(path: path))
  }

  @Test(
    "the best network is only named after a comparison of finalists",
    arguments: [
      ("0", "No winner: no network was trained again to compare it with others (--top 0); n1 has "),
      ("1", "No winner: n1 is the only network of the search that was trained again, so its "),
      ("2", "The best of the 2 finalists is n1: its reward is significantly higher than "),
    ])
  func compared(top: String, headline: String) throws {
    let begun = try effnet([
      "search", "photos", "--space", "efficientnet", "--width", "0.25", "--stages", "2",
      "--resolution", "16", "--epochs", "1", "--batch", "4", "--samples", "6", "--controller",
      "random", "--exponent", "0", "--split", "0.5", "--top", top, "--top-epochs", "1",
      "--top-seeds", "1", "--output", "mine", "--quiet",
    ])
    #expect(begun.status == 0, "\(begun.standardError)")
    // The first resume trains the finalists that follow from the new accuracies.
    try invent("mine")
    #expect(try effnet(["search", "--resume", "mine", "--quiet"]).status == 0)
    try invent("mine")
    let output = try effnet(["search", "--resume", "mine"])
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.standardOutput.contains("\n\n" + headline))
    let json = try effnet(["search", "--resume", "mine", "--json"])
    #expect(json.lines.count == 1, "a finished search has no new proposals")
    let summary = try JSONDecoder().decode(
      Summary.self, from: Data(try #require(json.lines.last).utf8))
    #expect(summary.highest == "n1")
    #expect(summary.networks.allSatisfy { $0.reward == ($0.name == "n1" ? 1 : 0.5) })
    let page = try folder.text("mine/report.html")
    #expect(!output.standardOutput.contains("larger --seeds"), "a search resumes with --top-seeds")
    let anyway =
      "There is no winner. To continue with n1 anyway:\nnext: effnet scale search photos --model "
      + "mine/best.json --fine --points 24 --equal-macs --recipe "
    if top == "2" {
      #expect(summary.verdict == "best" && summary.best == "n1" && summary.tied == ["n1"])
      for network in summary.networks {
        let expected: Bool? = network.name == "reference" ? nil : network.name == "n1"
        #expect(network.tied == expected)
      }
      #expect(output.lines.contains { $0.hasPrefix("n1 ") && $0.hasSuffix("  best") })
      #expect(output.lines.contains { $0.hasPrefix("reference ") && $0.contains("for comparison") })
      #expect(!output.standardOutput.contains("There is no winner"))
      #expect(page.contains("Its reward is significantly higher than that of each other finalist."))
    } else {
      #expect(summary.verdict == "not compared" && summary.best == nil && summary.tied.isEmpty)
      #expect(summary.networks.allSatisfy { $0.tied == nil })
      #expect(output.standardOutput.contains(anyway))
      let words = output.standardOutput.replacing("best.json", with: "")
      #expect(!words.contains("best") && !words.contains("tied"))
      #expect(page.contains("Not compared: "))
    }
  }

  @Test("latency is measured part by part, and the table is reused")
  func latency() throws {
    let small =
      Self.quick(top: 0) + [
        "--objective", "latency", "--latencies", "machine.json", "--target", "1ms",
        "--latency-threads", "1",
      ]
    let shown = try effnet(["search", "--space", "efficientnet", "--show-space"])
    let read = try JSONSerialization.jsonObject(with: Data(shown.standardOutput.utf8))
    var space = try #require(read as? [String: Any])
    (space["operations"], space["kernels"]) = (["mbconv3", "separable"], [3])
    (space["skips"], space["filters"]) = (["identity"], [1, 2])
    try JSONSerialization.data(withJSONObject: space).write(
      to: folder.url.appending(path: "space.json"))
    let arguments = small.map { $0 == "efficientnet" ? "space.json" : $0 }
    let first = try effnet(arguments)
    #expect(first.status == 0, "\(first.standardError)")
    #expect(
      first.standardError.contains("for 30 whole networks the mean error of the prediction is"))
    #expect(first.standardOutput.contains(" ms"))
    // Other searches are refused before the measurement.
    let unlike = try effnet(
      arguments.map { $0 == "machine.json" ? "new.json" : $0 }
        + ["--seeds", "2", "--against", "runs/search/photos", "--output", "never"])
    #expect(unlike.status == 1 && unlike.standardError.contains("rewards cannot be compared"))
    #expect(!unlike.standardError.contains("parts measured"))
    // A damaged table is refused before anything is trained.
    let whole = try folder.text("machine.json")
    let damaged = whole.replacing(/"factor" : [0-9.]+/, with: "\"factor\" : 0")
    #expect(damaged != whole)
    try Data(damaged.utf8).write(to: folder.url.appending(path: "damaged.json"))
    let refused = try effnet(
      arguments.map { $0 == "machine.json" ? "damaged.json" : $0 } + ["--output", "never"])
    #expect(refused.status == 1, "\(refused.standardError)")
    #expect(refused.standardError.contains("damaged.json: it is not a table of latencies"))
    let second = try effnet(arguments + ["--output", "second"])
    #expect(second.status == 0 && !second.standardError.contains("whole networks"))
    let other = try effnet(small + ["--output", "third"])
    #expect(other.status == 1, "another space has other parts")
    #expect(
      other.standardError.contains(
        "parts of the space's networks; name a new file to measure again"))
    let threads = try effnet(arguments.map { $0 == "1" ? "2" : $0 } + ["--output", "fourth"])
    #expect(threads.status == 1 && threads.standardError.contains("1 thread"))
  }

  @Test("without finalists, best.json has the highest reward, not the highest accuracy")
  func rewarded() throws {
    let output = try effnet([
      "search", "photos", "--space", "efficientnet", "--width", "0.25", "--stages", "2",
      "--resolution", "16", "--epochs", "1", "--batch", "4", "--samples", "12", "--proposals", "3",
      "--top", "0", "--exponent", "-1", "--json", "--output", "cheap",
    ])
    #expect(output.status == 0, "\(output.standardError)")
    let lines = output.standardOutput.split(separator: "\n").map { Data($0.utf8) }
    let samples = try lines.dropLast().map { try JSONDecoder().decode(Line.self, from: $0) }
    #expect(samples.count == 12)
    let best = samples.max { $0.reward < $1.reward }
    let winner = try Architecture(json: folder.path("cheap/best.json"))
    #expect(winner == best?.architecture)
    let summary = try JSONDecoder().decode(Summary.self, from: try #require(lines.last))
    #expect(summary.highest == winner.name)
  }

  @Test("a printed space can be read back")
  func space() throws {
    let shown = try effnet(["search", "--width", "0.5", "--stages", "3", "--show-space"])
    #expect(shown.status == 0 && shown.standardError.contains("18 decisions"))
    #expect(shown.standardError.hasSuffix(" M MACs for 1,000 classes\n"))
    // With photos, the costs are those for their classes.
    let sized = try effnet(["search", "photos", "--width", "0.5", "--show-space"])
    #expect(
      sized.status == 0 && sized.standardError.hasSuffix(" M MACs for 2 classes\n"), "\(sized)")
    try Data(shown.standardOutput.utf8).write(to: folder.url.appending(path: "mine.json"))
    let again = try effnet(["search", "--space", "mine.json", "--show-space"])
    #expect(again.standardOutput == shown.standardOutput)
    // A space around another network.
    let other = try effnet([
      "search", "--model", "lite0", "--width", "0.5", "--depth", "2", "--resolution", "48",
      "--show-space",
    ])
    struct Space: Decodable {
      let reference: Architecture
      let multiple: Int
    }
    let space = try other.json(Space.self)
    let models = try effnet([
      "models", "--model", "lite0", "--width", "0.5", "--depth", "2", "--resolution", "48",
      "--json",
    ])
    try Data(models.standardOutput.utf8).write(to: folder.url.appending(path: "lite0.json"))
    let named = try Architecture(json: folder.path("lite0.json"))
    #expect(space.reference == named && space.multiple == 4)
    let deep = try effnet(["search", "--stages", "3", "--depth", "2", "--show-space"])
    #expect(deep.status == 0 && deep.standardOutput != shown.standardOutput)
  }

  @Test("impossible options are refused with the valid range")
  func nonsense() throws {
    try Data("{}".utf8).write(to: folder.url.appending(path: "empty.json"))
    // The space's reference is not one of its points.
    var space = SearchSpace.efficientNet.narrowed(width: 0.25, stages: 2, resolution: 16)
    space.kernels = [5]
    try JSONEncoder().encode(space).write(to: folder.url.appending(path: "odd.json"))
    for (arguments, status, words) in [
      ([], 2, "name photos to train on"),
      (["photos", "--space", "nasnet"], 2, "use mnasnet, efficientnet or a JSON file"),
      (["photos", "--space", "mnasnet", "--model", "b0"], 2, "leave out one"),
      (["photos", "--space", "empty.json"], 1, "it is not a search space"),
      (["photos", "--stages", "9"], 2, "for the space mnasnet it must be at most 7"),
      (["photos", "--width", "0"], 2, "--width is"),
      (["photos", "--samples", "0"], 2, "--samples is 0"),
      (["photos", "--target", "fast"], 2, "such as 500M; the units are k, M, G or B"),
      (["photos", "--target", "0"], 2, "above 0"),
      (["photos", "--hard", "--exponent", "-1"], 2, "leave out --exponent"),
      (["photos", "--exponent", "1"], 2, "--exponent is"),
      (["photos", "--latencies", "x.json"], 2, "need --objective latency"),
      (["photos", "--space", "odd.json", "--objective", "latency"], 2, "set a --target"),
      (["--resume", "x", "--samples", "2"], 2, "leave out --samples"),
      (["--resume", "x"], 1, "the folder does not exist"),
      (["nowhere"], 1, "nowhere"),
    ] as [([String], Int32, String)] {
      let output = try effnet(["search"] + arguments)
      #expect(output.status == status, "\(arguments): \(output.standardError)")
      #expect(output.standardError.contains(words), "\(arguments): \(output.standardError)")
    }
    let grid = try effnet([
      "scale", "search", "photos", "--baseline", "b0", "--points", "0",
    ])
    #expect(grid.status == 2)
    try folder.remove("odd.json")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(files.sorted() == ["empty.json", "photos"], "nothing is left behind")
  }
}

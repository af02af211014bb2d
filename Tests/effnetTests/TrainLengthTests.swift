import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

/// Training longer, the classifier of a new run, and `effnet runs`.
@Suite("effnet train, more epochs, and effnet runs")
struct TrainLengthTests {
  private let folder: TemporaryFolder
  private let weights: String

  init() throws {
    (folder, weights) = try TemporaryFolder.withTinyModel()
    try folder.writeTwoShades("my photos")
  }

  private func effnet(_ arguments: [String]) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(arguments: arguments, folder: folder.url)
  }

  /// Trains on the photos with tiny settings; the options come last.
  private func train(_ options: String...) throws -> CommandLineTool.Output {
    try effnet(
      ["train", "my photos", "--weights", weights, "--batch", "8", "--threads", "1"] + options)
  }

  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: folder.url.appending(path: path))
  }

  private static let results = [
    "best.safetensors", "config.json", "last.safetensors", "log.csv", "report.html", "result.json",
  ]

  @Test("a finished run with a constant rate goes on with more epochs, bit-identical")
  func constant() throws {
    #expect(try train("--schedule", "constant", "--epochs", "4", "--output", "whole").status == 0)
    #expect(try train("--schedule", "constant", "--epochs", "2", "--output", "run").status == 0)
    #expect(try folder.names("run").count { $0.hasPrefix("checkpoint-") } == 1)
    let finished = try effnet(["train", "--resume", "run"])
    #expect(finished.status == 0 && finished.standardError.isEmpty, "\(finished)")
    #expect(finished.standardOutput.hasPrefix("run is finished after 2 epochs; nothing is changed"))
    #expect(
      finished.standardOutput.hasSuffix(
        "train 2 epochs longer: effnet train --resume run --epochs 4\n"))
    let longer = try effnet(["train", "--resume", "run", "--epochs", "4", "--threads", "1"])
    #expect(longer.status == 0, "\(longer.standardError)")
    #expect(
      longer.standardError.hasPrefix(
        "resuming run after 2 of 4 epochs instead of 2: the learning rate stays constant; "
          + "warm-up stays 0.5 epochs, head epochs stay 1\n"),
      "\(longer.standardError)")
    // The epochs that the log has are not shown again.
    #expect(
      longer.standardError.matches(of: /\nepoch (\d):/).map(\.1) == ["3", "4"],
      "\(longer.standardError)")
    #expect(try bytes("run/last.safetensors") == bytes("whole/last.safetensors"))
    #expect(
      try String(decoding: bytes("run/log.csv"), as: UTF8.self).split(separator: "\n").count == 5)
    let shorter = try effnet(["train", "--resume", "run", "--epochs", "3"])
    #expect(shorter.status == 2 && shorter.standardError.contains("but the run has 4"))
  }

  @Test("a finished run with a cosine trains its weights for more epochs in a new run")
  func cosine() throws {
    let run = "runs/train/my photos"
    let first = try train(
      "--epochs", "1", "--seed", "3", "--split", "0.3", "--freeze", "backbone:1")
    #expect(first.status == 0, "\(first.standardError)")
    #expect(first.standardError.contains("2 classes (a new classifier: the weights have other"))
    #expect(try folder.names(run) == Self.results)
    let before = try folder.names(run).map { try bytes("\(run)/\($0)") }
    let finished = try effnet(["train", "--resume", run])
    #expect(finished.status == 0)
    #expect(
      finished.standardOutput.hasSuffix(
        "train 1 epoch longer (the result goes to \(run)-2): "
          + "effnet train --resume '\(run)' --epochs 2\n"), "\(finished)")
    for (resumed, epochs, new) in [(run, 3, 2), ("\(run)-2", 3, 3)] {
      let longer = try effnet([
        "train", "--resume", resumed, "--epochs", "\(epochs)", "--threads", "1",
      ])
      #expect(longer.status == 0, "\(longer.standardError)")
      #expect(
        longer.standardError.hasPrefix(
          "\(resumed): its learning rate (the size of its training steps) has fallen to 0, as "
            + "planned, so a new run, \(run)-\(new), trains its weights for "
            + (new == 2 ? "2 more epochs" : "1 more epoch")
            + "; its epochs count from 1, and the learning rate starts again\n"),
        "\(longer.standardError)")
      #expect(longer.standardError.contains("2 classes (the classifier of the weights is kept"))
      #expect(!longer.standardError.contains("head-epochs"))
      let earlier = longer.standardOutput.firstMatch(
        of: /\n(.+), an earlier run, (?:is still|may still be) the best/)
      let best = earlier.map { "runs/train/\($0.1)" } ?? "\(run)-\(new)"
      #expect(longer.standardOutput.contains("--model '\(best)' photo.jpg"), "\(longer)")
    }
    #expect(try folder.names(run).map { try bytes("\(run)/\($0)") } == before)
    let settings = try [run, "\(run)-2"].map {
      try #require(
        try JSONSerialization.jsonObject(with: bytes("\($0)/config.json")) as? [String: Any])
    }
    for key in ["seed", "validationShare", "freezing", "dataFingerprint", "data"] {
      #expect("\(settings[0][key] ?? "")" == "\(settings[1][key] ?? "")", "\(key)")
    }
    #expect(settings[1]["weights"] as? String == "\(run)/last.safetensors")
    #expect(
      settings[1]["command"] as? String
        == "effnet train --resume 'runs/train/my photos' --epochs 3 --threads 1")
    let recipe = try #require(settings[1]["recipe"] as? [String: Any])
    #expect(recipe["headEpochs"] as? Int == 0 && recipe["epochs"] as? Int == 2)
    let page = try String(decoding: bytes("\(run)-2/report.html"), as: UTF8.self)
    #expect(page.contains("--resume &#39;runs/train/my photos&#39; --epochs 3"))
    // The charts of the third run begin with the three epochs of the first two.
    let third = try String(decoding: bytes("\(run)-3/report.html"), as: UTF8.self)
    #expect(third.contains("begin with the 3 epochs before it: epoch 1 of this run is 4 there."))
    #expect(third.contains(">this run begins</text>"))
    let log = try String(decoding: bytes("\(run)-3/log.csv"), as: UTF8.self)
    #expect(log.split(separator: "\n").count == 2 && log.contains("\n1,"))
    let old = try String(decoding: bytes("\(run)/report.html"), as: UTF8.self)
    #expect(!old.contains("this run begins"))
    #expect(old.contains("effnet train &#39;my photos&#39; --weights "))
  }

  @Test("an interrupted run shows the same number of epochs when listed and when resumed")
  func counts() throws {
    #expect(try train("--schedule", "constant", "--epochs", "2", "--output", "runs/a").status == 0)
    // As if the process had ended after it wrote the log.
    try folder.remove("runs/a/result.json")
    let table = try effnet(["runs"]).standardOutput
    #expect(table.contains("  interrupted 2/2, no report  "), "\(table)")
    let resumed = try effnet(["train", "--resume", "runs/a", "--threads", "1"])
    #expect(
      resumed.standardError.hasPrefix("resuming runs/a after 2 of 2 epochs\n"),
      "\(resumed.standardError)")
    #expect(!resumed.standardError.contains("\nepoch "), "\(resumed.standardError)")
    // Without the last line of the log, the validation of the epoch is missing.
    try folder.remove("runs/a/result.json")
    let log = try String(decoding: bytes("runs/a/log.csv"), as: UTF8.self)
    let lines = log.split(separator: "\n").dropLast().joined(separator: "\n") + "\n"
    try Data(lines.utf8).write(to: folder.url.appending(path: "runs/a/log.csv"))
    #expect(try effnet(["runs"]).standardOutput.contains("  interrupted 1/2  "))
    let again = try effnet(["train", "--resume", "runs/a", "--threads", "1"])
    #expect(again.standardError.hasPrefix("resuming runs/a after 1 of 2 epochs\n"))
    #expect(again.standardError.matches(of: /\nepoch (\d):/).map(\.1) == ["2"])
  }

  @Test("a run whose photos have changed names the command that trains on them")
  func changedPhotos() throws {
    #expect(try train("--schedule", "constant", "--epochs", "1", "--output", "run").status == 0)
    let photos = folder.path("my photos")
    try FileManager.default.removeItem(atPath: "\(photos)/dark/3.png")
    let output = try effnet(["train", "--resume", "run", "--epochs", "2"])
    #expect(output.status == 1)
    #expect(
      output.standardError.contains(
        "relabelled since the run began; restore them, or start a new run; to train on the photos "
          + "that are there now: effnet train '"), "\(output.standardError)")
    #expect(
      output.standardError.hasSuffix(
        "train 'my photos' (it starts from the weights of this run with --model run, but these also "
          + "learned from photos in wrong folders)\n"), "\(output)")
    let again = try effnet([
      "train", "my photos", "--model", "run", "--batch", "8", "--threads", "1", "--epochs", "1",
      "--output", "second",
    ])
    #expect(again.status == 0, "\(again)")
    let table = try effnet(["runs", "second"])
    #expect(table.standardOutput.contains("  finished 1/1, weights of run  "), "\(table)")
  }

  @Test("--new-head replaces a classifier with the same classes; --head-epochs trains it alone")
  func heads() throws {
    #expect(try train("--epochs", "1", "--output", "run").status == 0)
    func line(_ options: String...) throws -> String {
      let output = try effnet(
        [
          "train", "my photos", "--weights", "run/last.safetensors", "--epochs", "2", "--batch",
          "8",
          "--threads", "1",
        ] + options)
      #expect(output.status == 0, "\(output.standardError)")
      return output.standardError
    }
    func headEpochs(_ name: String) throws -> String {
      let text = try String(decoding: bytes("\(name)/config.json"), as: UTF8.self)
      return text.firstMatch(of: /"headEpochs" : (\d+)/).map { String($0.1) } ?? ""
    }
    #expect(try line("--output", "kept").contains("2 classes (the classifier of the weights is"))
    #expect(try headEpochs("kept") == "0")
    _ = try line("--output", "head", "--head-epochs", "1")
    #expect(try headEpochs("head") == "1")
    let new = try line("--output", "new", "--new-head")
    #expect(new.contains("2 classes (a new classifier), "), "\(new)")
    #expect(try headEpochs("new") == "1")
  }

  @Test("--keep-checkpoints keeps them, and a finished run resumes as finished")
  func keptCheckpoints() throws {
    let first = try train("--epochs", "1", "--output", "run", "--keep-checkpoints", "--json")
    #expect(first.status == 0 && first.standardOutput.contains("\"epochs\":1"))
    #expect(try folder.names("run").count { $0.hasPrefix("checkpoint-") } == 2)
    let json = try effnet(["train", "--resume", "run", "--json"])
    #expect(json.status == 0 && json.standardOutput == first.standardOutput, "\(json)")
    let quiet = try effnet(["train", "--resume", "run", "--quiet"])
    #expect(quiet.status == 0 && quiet.standardOutput.isEmpty && quiet.standardError.isEmpty)
  }

  @Test("a run that diverges in its first epoch leaves no folder")
  func divergence() throws {
    let output = try train("--epochs", "2", "--lr", "1e30", "--head-epochs", "0")
    #expect(output.status == 1)
    #expect(
      output.standardError.hasSuffix(
        "(--lr, --clip); no epoch was completed, so runs/train/my photos is removed\n"),
      "\(output.standardError)")
    #expect(try folder.names("runs/train").isEmpty)
    // A resumed run, too. The unreadable photo stops it before.
    try Data("no photo".utf8).write(to: folder.url.appending(path: "my photos/dark/1.png"))
    let stopped = try train("--split", "0", "--broken", "0", "--output", "run")
    #expect(stopped.status == 1 && stopped.standardError.contains("1 photo cannot be read"))
    try setRate("run")
    let resumed = try effnet(["train", "--resume", "run", "--broken", "1", "--threads", "1"])
    #expect(resumed.status == 1)
    #expect(
      resumed.standardError.hasSuffix("no epoch was completed, so run is removed\n"),
      "\(resumed.standardError)")
    #expect(try !folder.names.contains("run"))
  }

  /// Sets a learning rate in the settings of a run with which training diverges.
  private func setRate(_ run: String) throws {
    let settings = try String(decoding: bytes("\(run)/config.json"), as: UTF8.self)
    let changed = settings.replacing(/"rate" : [\d.e-]+/, with: "\"rate\" : 1e30")
    #expect(changed != settings)
    _ = try folder.file("\(run)/config.json", contents: changed)
  }

  @Test("a longer run that diverges is listed as diverged, and does not resume")
  func laterDivergence() throws {
    let run = "runs/train/run"
    #expect(try train("--schedule", "constant", "--epochs", "2", "--output", run).status == 0)
    try setRate(run)
    let longer = try effnet(["train", "--resume", run, "--epochs", "4", "--threads", "1"])
    #expect(longer.status == 1)
    #expect(
      longer.standardError.hasSuffix(
        "\(run) keeps the weights of the completed epochs; start a new run, since resuming would "
          + "diverge again\n"), "\(longer.standardError)")
    #expect(try folder.names(run) == Self.results)
    let table = try effnet(["runs"]).standardOutput
    #expect(table.contains("  diverged 2/4  "), "\(table)")
    #expect(!table.contains("continue:"), "\(table)")
    let json = try JSONDecoder().decode(
      [Run].self, from: Data(try effnet(["runs", "--json"]).standardOutput.utf8))
    #expect(json.map(\.state) == ["diverged"] && json[0].epochs == 2)
    #expect(json[0].commands.isEmpty && json[0].best?.images == 4)
    for options in [[], ["--epochs", "6"]] {
      let again = try effnet(["train", "--resume", run] + options)
      #expect(again.status == 1 && again.standardOutput.isEmpty)
      #expect(
        again.standardError
          == "effnet: \(run): training diverged after 2 of 4 epochs, and would diverge again; "
          + "start a new run with a lower learning rate (--lr)\n")
    }
    #expect(try folder.names(run) == Self.results)
  }

  private struct Run: Decodable {
    let run, command, state, changed: String
    let epochs: Int?
    let commands: [String]
    let best: Best?

    struct Best: Decodable {
      let images: Int?
    }
  }

  @Test("runs lists finished, interrupted and damaged runs, and experiments")
  func runs() throws {
    let nothing = try effnet(["runs"])
    #expect(
      nothing.status == 0
        && nothing.standardError == "no runs in runs; 'effnet train' puts them into runs/train\n")
    let cache = folder.url.appending(path: "cache")
    try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: false)
    _ = try folder.file("cache/lite0.safetensors", contents: "weights")
    let downloaded = try CommandLineTool.effnet(
      arguments: ["runs"], environment: ["EFFNET_CACHE": cache.path], folder: folder.url)
    #expect(
      downloaded.status == 0
        && downloaded.standardError == nothing.standardError
          + "downloaded weights and kept features: 1 MB in \(cache.path)\n",
      "\(downloaded)")
    let none = try effnet(["runs", "--json"]).standardOutput
    #expect(try JSONDecoder().decode([Run].self, from: Data(none.utf8)).isEmpty)
    #expect(try train("--epochs", "1").status == 0)
    // The unreadable photo stops the second run.
    try Data("no photo".utf8).write(to: folder.url.appending(path: "my photos/dark/1.png"))
    #expect(try train("--epochs", "3", "--broken", "0").status == 1)
    let network = Architecture(
      name: "tiny", resolution: 16, stem: 8,
      stages: [
        .mbConv(expand: 1, kernel: 3, stride: 1, channels: 8, repeats: 1),
        .mbConv(expand: 2, kernel: 3, stride: 2, channels: 16, repeats: 2),
      ], head: 32, classes: 4, activation: .silu, dropout: 0)
    _ = try folder.file("tiny.json", contents: network.json)
    let experiment = try effnet([
      "scale", "dimensions", "my photos", "--model", "tiny.json", "--factors", "1.5,2",
      "--fine", "--epochs", "1", "--seeds", "1", "--batch", "4", "--quiet",
    ])
    #expect(experiment.status == 0, "\(experiment.standardError)")
    try folder.make("runs/other")
    _ = try folder.file("runs/other/config.json", contents: "{}")
    try setBest("runs/train/my photos", top1: 1, loss: 0.125)
    let table = try effnet(["runs"])
    #expect(table.status == 0 && table.standardError.isEmpty, "\(table.standardError)")
    let lines = table.lines
    #expect(lines[0].hasPrefix("run  ") && lines.count >= 9, "\(table.standardOutput)")
    #expect(lines[1].hasPrefix("runs/scale-dimensions/my photos  finished, "), "\(lines[1])")
    #expect(lines[1].contains("scale dimensions of \(network.name)"))
    #expect(lines[2].hasPrefix("runs/train/my photos-2           interrupted 0/3 "), "\(lines[2])")
    #expect(lines[3].hasPrefix("runs/train/my photos             finished 1/1 "), "\(lines[3])")
    #expect(lines[3].contains(/, 33 px  +\d MB  \d of 4 \([\d.]+ %\) +\d+\.\d{3}$/), "\(lines[3])")
    #expect(table.standardOutput.contains("\n\nuse the finished run:\n"))
    #expect(table.standardOutput.contains("\n  effnet evaluate --model 'runs/train/my photos'\n"))
    #expect(
      table.standardOutput.contains(
        "\n\ncontinue:\n  effnet train --resume 'runs/train/my photos-2'\n"))
    #expect(
      table.standardOutput.contains(
        "\n\nto delete a run: rm -r FOLDER\n"), "\(table.standardOutput)")
    let json = try JSONDecoder().decode(
      [Run].self, from: Data(try effnet(["runs", "runs/train", "--json"]).standardOutput.utf8))
    #expect(json.map(\.state) == ["interrupted", "finished"])
    #expect(json.map(\.commands.count) == [1, 2] && json[1].epochs == 1)
    #expect(
      json.allSatisfy {
        $0.command == "train" && $0.changed.wholeMatch(of: /[\d-]{10} \d\d:\d\d/) != nil
      })
    try Data("{".utf8).write(to: folder.url.appending(path: "runs/train/my photos/config.json"))
    let damaged = try effnet(["runs"])
    #expect(damaged.status == 1 && damaged.lines.count >= 5)
    #expect(
      damaged.standardError.hasPrefix(
        "effnet: runs/train/my photos/config.json: it is damaged: "))
    let missing = try effnet(["runs", "nowhere"])
    #expect(missing.status == 1 && missing.standardError.contains("nowhere: No such file"))
  }

  /// Sets the best epoch in the result of a run.
  private func setBest(
    _ run: String, top1: Double, loss: Double, photos: Int = 4, mostFrequent: Int? = nil
  ) throws {
    let file = folder.url.appending(path: "\(run)/result.json")
    var result = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    #expect(result["mostFrequent"] != nil)
    result["best"] = ["epoch": 1, "top1": top1, "loss": loss, "photos": photos]
    result["mostFrequent"] = mostFrequent ?? photos / 2
    try JSONSerialization.data(withJSONObject: result).write(to: file)
  }

  @Test("runs that differ only in the seed are named beside the best")
  func seeds() throws {
    try folder.writeTwoShades("set/train")
    try folder.writeTwoShades("set/val", from: 20)
    for (name, options) in [
      ("a", ["--seed", "1"]), ("b", ["--seed", "2"]), ("c", ["--seed", "3", "--lr", "0.02"]),
    ] {
      let run = try effnet(
        ["train", "set", "--weights", weights, "--batch", "8", "--threads", "1", "--epochs", "1"]
          + ["--output", "runs/\(name)"] + options)
      #expect(run.status == 0, "\(run)")
    }
    try setBest("runs/a", top1: 0.75, loss: 0.2, photos: 40)
    try setBest("runs/b", top1: 0, loss: 9, photos: 40)
    try setBest("runs/c", top1: 0, loss: 9, photos: 40)
    let use = "use runs/a, the best of 3 finished runs: 30 of 40 (75.0 %) right"
    let remark =
      "; runs/b has the same settings, only the seed differs, so the best is partly luck:"
    let output = try effnet(["runs"])
    #expect(output.lines.contains { $0 == use + remark }, "\(output)")
    // A run with other settings is just the best.
    try setBest("runs/c", top1: 1, loss: 0.1, photos: 40)
    let other = try effnet(["runs"])
    #expect(!other.standardOutput.contains("only the seed"))
  }

  /// The parts of the output of `effnet runs`, with their lines.
  private func blocks() throws -> [[Substring]] {
    try effnet(["runs"]).standardOutput.split(separator: "\n\n").map { $0.split(separator: "\n") }
  }

  @Test("runs recommends the best run of each set of photos that is better than guessing")
  func recommendation() throws {
    for name in ["a", "b"] {
      #expect(try train("--epochs", "1", "--output", "runs/\(name)").status == 0)
    }
    for (top1, loss, remark) in [
      (0.75, 9, "; the next has as many, so it may be as good"),
      (0.7, 0.1, "; the difference to the next is not reliable (2 of 40 photos)"), (0, 9, ""),
    ] {
      try setBest("runs/a", top1: 0.75, loss: 0.2, photos: 40)
      try setBest("runs/b", top1: top1, loss: loss, photos: 40)
      let blocks = try self.blocks()
      #expect(!blocks[0][0].contains("  photos  "))
      #expect(
        blocks[1][0]
          == "use runs/a, the best of 2 finished runs: 30 of 40 (75.0 %) right\(remark):")
      #expect(blocks[1][1] == "  effnet evaluate --model runs/a")
      #expect(
        blocks[1].suffix(2) == [
          "compare with the next photo by photo:",
          "  effnet evaluate --model runs/a --against runs/b",
        ], "\(blocks[1])")
      #expect(
        blocks[2][0] == "to delete a run, here the oldest that is not recommended: rm -r runs/b")
    }
    #expect(try train("--epochs", "1", "--split", "0.4", "--output", "runs/c").status == 0)
    try setBest("runs/c", top1: 0.5, loss: 9, photos: 40)
    let blocks = try self.blocks()
    #expect(blocks[0][0].contains("  photos  "))
    // The oldest photos keep their name.
    #expect(blocks[0][1].contains("  my photos (2)  20 of 40"), "\(blocks[0])")
    #expect(blocks[0][3].contains("  my photos      30 of"), "\(blocks[0])")
    let near: Substring =
      "no finished run on 'my photos (2)' is clearly better than guessing; more photos help most"
    #expect(blocks[1] == [near])
    #expect(
      blocks[2][0]
        == "use runs/a, the best of 2 finished runs on 'my photos': 30 of 40 (75.0 %) right:")
    // As in train, guessing is always naming the most frequent class.
    for (mostFrequent, line) in [
      (24, near), (20, "use runs/c, the finished run on 'my photos (2)':"),
    ] {
      try setBest("runs/c", top1: 0.7, loss: 9, photos: 40, mostFrequent: mostFrequent)
      #expect(try self.effnet(["runs"]).lines.contains(line), "\(mostFrequent)")
    }
    try setBest("runs/c", top1: 1, loss: 9, photos: 40)
    #expect(
      try self.effnet(["runs"]).lines.contains("use runs/c, the finished run on 'my photos (2)':"))
    let explanation = try #require(try self.blocks().dropLast().last)
    #expect(
      explanation.count == 2
        && explanation[0].hasPrefix("'my photos (2)': other photos of this name than those of the ")
        && explanation[1].hasSuffix(
          "effnet evaluate FOLDER --model RUN --against RUN --leave-out-used"),
      "\(explanation)")
  }

  @Test("runs names the best runs on older photos, and proposes no evaluation on changed photos")
  func olderSets() throws {
    for split in ["0.2", "0.3", "0.4", "0.5"] {
      let run = "runs/\(split)"
      #expect(try train("--epochs", "1", "--split", split, "--output", run).status == 0)
      try setBest(run, top1: 1, loss: 9, photos: 40)
    }
    #expect(
      try blocks()[4] == ["the best runs on older sets of photos:", "  runs/0.2 on 'my photos'"])
    #expect(try blocks()[1][1] == "  effnet evaluate --model runs/0.5")
    try folder.remove("my photos/dark/0.png")
    #expect(
      try blocks()[1].dropFirst() == [
        "  effnet classify --model runs/0.5 photo.jpg",
        "its photos have changed or moved since, so evaluate it on others:",
        "  effnet evaluate FOLDER --model runs/0.5",
      ])
  }
}

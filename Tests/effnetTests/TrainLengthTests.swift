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
    folder = try TemporaryFolder()
    weights = folder.url.appending(path: "tiny.safetensors").path
    try writeTinyModel(to: weights)
    try folder.writeTwoShades("my photos")
  }

  private func effnet(_ arguments: [String]) throws -> CommandLineTool.Output {
    try CommandLineTool.run(
      CommandLineTool.buildFolder.appending(path: "effnet"), arguments, folder: folder.url)
  }

  /// Trains on the photos with tiny settings; the options come last.
  private func train(_ options: String...) throws -> CommandLineTool.Output {
    try effnet(
      ["train", "my photos", "--weights", weights, "--batch", "8", "--threads", "1"] + options)
  }

  private func names(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: folder.url.appending(path: path).path
    ).sorted()
  }

  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: folder.url.appending(path: path))
  }

  private static let results = [
    "best.safetensors", "config.json", "last.safetensors", "log.csv", "report.html", "result.json",
  ]

  @Test("a finished run with a constant rate goes on with more epochs, bit-identical")
  func constant() throws {
    #expect(
      try train("--schedule", "constant", "--epochs", "4", "--output", "whole").status == 0)
    #expect(try train("--schedule", "constant", "--epochs", "2", "--output", "run").status == 0)
    #expect(try names("run").count { $0.hasPrefix("checkpoint-") } == 1)
    let finished = try effnet(["train", "--resume", "run"])
    #expect(finished.status == 0 && finished.standardError.isEmpty, "\(finished)")
    #expect(finished.standardOutput.hasPrefix("run is finished after 2 epochs; nothing is changed"))
    #expect(
      finished.standardOutput.hasSuffix("train longer: effnet train --resume run --epochs 4\n"))
    let longer = try effnet(["train", "--resume", "run", "--epochs", "4", "--threads", "1"])
    #expect(longer.status == 0, "\(longer.standardError)")
    #expect(
      longer.standardError.hasPrefix(
        "resuming run after 2 of 4 epochs instead of 2: the learning rate stays constant; "
          + "warm-up stays 0.5 epochs, head epochs stay 1\n"),
      "\(longer.standardError)")
    #expect(try bytes("run/last.safetensors") == bytes("whole/last.safetensors"))
    #expect(
      try String(decoding: bytes("run/log.csv"), as: UTF8.self).split(separator: "\n").count == 5)
    let shorter = try effnet(["train", "--resume", "run", "--epochs", "3"])
    #expect(shorter.status == 2 && shorter.standardError.contains("but the run has 4"))
  }

  @Test("a finished run with a cosine names the command that trains longer, and it works")
  func cosine() throws {
    let first = try train(
      "--epochs", "1", "--seed", "3", "--split", "0.3", "--freeze", "backbone:1")
    #expect(first.status == 0, "\(first.standardError)")
    #expect(first.standardError.contains("2 classes (a new classifier: the weights have other"))
    #expect(try names("runs/train/my photos") == Self.results)
    let before = try names("runs/train/my photos").map { try bytes("runs/train/my photos/\($0)") }
    let command =
      "effnet train 'my photos' --model 'runs/train/my photos/last.safetensors' "
      + "--recipe 'runs/train/my photos/config.json' --epochs 1 --split 0.3 --seed 3 "
      + "--freeze backbone:1"
    let finished = try effnet(["train", "--resume", "runs/train/my photos"])
    #expect(finished.status == 0)
    #expect(finished.standardOutput.hasSuffix("train longer: \(command)\n"), "\(finished)")
    let refused = try effnet(["train", "--resume", "runs/train/my photos", "--epochs", "2"])
    #expect(refused.status == 1)
    #expect(
      refused.standardError.hasSuffix(
        "its learning rate has fallen to 0 by the cosine schedule; to train its weights for "
          + "1 more epoch: \(command)\n"), "\(refused.standardError)")
    #expect(
      try names("runs/train/my photos").map { try bytes("runs/train/my photos/\($0)") } == before)
    // The command is pasted into a shell.
    let pasted = try CommandLineTool.run(
      URL(filePath: "/bin/sh"),
      ["-c", command], environment: ["PATH": "\(CommandLineTool.buildFolder.path):/usr/bin:/bin"],
      folder: folder.url)
    #expect(pasted.status == 0, "\(pasted.standardError)")
    #expect(
      pasted.standardError.hasPrefix(
        "runs/train/my photos exists; this run is runs/train/my photos-2\n"))
    #expect(pasted.standardError.contains("2 classes (the classifier of the weights is kept"))
    #expect(!pasted.standardError.contains("head epochs"))
    #expect(
      pasted.standardOutput.contains("--model 'runs/train/my photos-2' photo.jpg"))
    let settings = try String(
      decoding: bytes("runs/train/my photos-2/config.json"), as: UTF8.self)
    #expect(settings.contains("\"headEpochs\" : 0"))
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
    #expect(try names("run").count { $0.hasPrefix("checkpoint-") } == 2)
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
    #expect(try names("runs/train").isEmpty)
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
    #expect(try names(run) == Self.results)
    let table = try effnet(["runs"]).standardOutput
    #expect(table.contains("  diverged after 2 of 4 epochs  "), "\(table)")
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
    #expect(try names(run) == Self.results)
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
    #expect(nothing.status == 0 && nothing.standardError.hasPrefix("no runs in runs; "))
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
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "runs/other"), withIntermediateDirectories: true)
    _ = try folder.file("runs/other/config.json", contents: "{}")
    let table = try effnet(["runs"])
    #expect(table.status == 0 && table.standardError.isEmpty, "\(table.standardError)")
    let lines = table.lines
    #expect(lines[0].hasPrefix("run  ") && lines.count >= 9, "\(table.standardOutput)")
    #expect(lines[1].hasPrefix("runs/scale-dimensions/my photos  finished, "), "\(lines[1])")
    #expect(lines[1].contains("scale dimensions of \(network.name)"))
    #expect(
      lines[2].hasPrefix("runs/train/my photos-2           interrupted after "), "\(lines[2])")
    #expect(lines[3].hasPrefix("runs/train/my photos             finished  "), "\(lines[3])")
    #expect(lines[3].contains("epoch 1: ") && lines[3].contains(" of 4 ("), "\(lines[3])")
    #expect(lines[3].contains("), loss "), "\(lines[3])")
    #expect(table.standardOutput.contains("\n\nuse the finished run:\n"))
    #expect(table.standardOutput.contains("\n  effnet evaluate --model 'runs/train/my photos'\n"))
    #expect(
      table.standardOutput.contains("\n  effnet train --resume 'runs/train/my photos-2'\n"))
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
  private func setBest(_ run: String, top1: Double, loss: Double) throws {
    let file = folder.url.appending(path: "\(run)/result.json")
    var result = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    result["best"] = ["epoch": 1, "top1": top1, "loss": loss, "photos": 4]
    try JSONSerialization.data(withJSONObject: result).write(to: file)
  }

  @Test("runs recommends the best run if all have the same photos, otherwise the newest")
  func recommendation() throws {
    for name in ["a", "b"] {
      #expect(try train("--epochs", "1", "--output", "runs/\(name)").status == 0)
    }
    func recommendation() throws -> [Substring] {
      let text = try effnet(["runs"]).standardOutput
      return try Array(#require(text.split(separator: "\n\n").last).split(separator: "\n"))
    }
    for (top1, loss) in [(0.75, 9), (0.5, 0.1)] {
      try setBest("runs/a", top1: 0.75, loss: 0.2)
      try setBest("runs/b", top1: top1, loss: loss)
      let lines = try recommendation()
      #expect(
        lines[0]
          == "use the best of 2 finished runs, runs/a (highest validation top-1, 3 of 4 (75.0 %); "
          + "then lowest loss):")
      #expect(lines[1] == "  effnet evaluate --model runs/a")
    }
    #expect(try train("--epochs", "1", "--split", "0.4", "--output", "runs/c").status == 0)
    try setBest("runs/c", top1: 0, loss: 9)
    let lines = try recommendation()
    #expect(
      lines[0]
        == "use the newest finished run (runs on different photos or classes cannot be compared):")
    #expect(lines[1] == "  effnet evaluate --model runs/c")
  }
}

import EfficientNetReports
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetTraining
@testable import effnet

/// Runs that train a finished run longer, and what the end of a run says about that.
@Suite("effnet train, the end of a run and its continuations")
struct ContinuationTests {
  private let folder: TemporaryFolder
  private let weights: String

  init() throws {
    (folder, weights) = try TemporaryFolder.withTinyModel()
    try folder.writeTwoShades("my photos")
  }

  private func effnet(_ arguments: String...) throws -> CommandLineTool.Output {
    try effnet(arguments: arguments)
  }

  private func effnet(arguments: [String]) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(arguments: arguments, folder: folder.url)
  }

  private var runs: [String] { get throws { try folder.names("runs/train") } }

  @Test("an interrupted continuation is named instead of beginning another one")
  func interrupted() throws {
    let run = "runs/train/my photos"
    let first = try effnet(
      "train", "my photos", "--weights", weights, "--batch", "8", "--epochs", "1")
    #expect(first.status == 0, "\(first.standardError)")
    // The unreadable photo stops the continuation.
    let photo = folder.url.appending(path: "my photos/dark/1.png")
    let picture = try Data(contentsOf: photo)
    try Data("no photo".utf8).write(to: photo)
    let stopped = try effnet("train", "--resume", run, "--epochs", "3", "--broken", "0")
    #expect(stopped.status == 1 && stopped.standardError.contains("1 photo cannot be read"))
    try picture.write(to: photo)
    #expect(try runs == ["my photos", "my photos-2"])
    for path in [run, run + "/"] {
      for options in [["--epochs", "3"], []] {
        let again = try CommandLineTool.effnet(
          arguments: ["train", "--resume", path] + options, folder: folder.url)
        #expect(again.status == 1 && again.standardOutput.isEmpty)
        #expect(
          again.standardError
            == "effnet: \(run)-2 trains the weights of \(path) for more epochs and is interrupted "
            + "after 0 of 2 epochs; delete its folder to start again, or resume it: effnet train "
            + "--resume '\(run)-2'\n")
      }
    }
    #expect(try runs == ["my photos", "my photos-2"])
    // A finished continuation is left as it is.
    #expect(try effnet("train", "--resume", "\(run)-2").status == 0)
    let shown = try effnet("train", "--resume", run)
    #expect(
      shown.status == 0 && shown.standardOutput.hasPrefix("\(run) is finished after 1 epoch;"))
    let longer = try effnet("train", "--resume", run, "--epochs", "2")
    #expect(longer.status == 0, "\(longer.standardError)")
    #expect(try runs == ["my photos", "my photos-2", "my photos-3"])
    #expect(longer.standardError.contains("\nepoch 1: loss "), "\(longer)")
    // The same run again would be identical.
    for path in [run, run + "/"] {
      let same = try effnet("train", "--resume", path, "--epochs", "2")
      #expect(same.status == 1 && same.standardOutput.isEmpty, "\(same)")
      #expect(
        same.standardError.hasSuffix(
          "effnet: \(run)-3 is that run: it trained the weights of \(path) for 1 more epoch "
            + "already, and another one would be identical; delete its folder to train it again, "
            + "or give another --epochs\n"), "\(same)")
    }
    #expect(try runs == ["my photos", "my photos-2", "my photos-3"])
    let table = try effnet("runs")
    #expect(table.standardOutput.contains("  finished 1/1, continues my photos  "), "\(table)")
  }

  @Test("a continuation that is not clearly better than an earlier run says so")
  func notBetter() throws {
    func best(_ right: Int, of photos: Int = 13, loss: Double = 0.5) -> RunOutcome.Best {
      RunOutcome.Best(
        EpochRecord(
          epoch: 1, trainingLoss: 1, trainingTop1: 0, validationLoss: loss,
          validationTop1: Double(right) / Double(photos), validationTop5: 1,
          validationImages: photos, rate: 0.1, seconds: 1, imagesPerSecond: 1))
    }
    func remark(on new: RunOutcome.Best, after old: RunOutcome.Best) -> String? {
      TrainCommand.remark(on: new, after: old, named: "photos")
    }
    #expect(
      remark(on: best(13), after: best(11))
        == "this run is not clearly better than photos: the difference to photos is not reliable "
        + "(2 of 13 photos)")
    #expect(
      remark(on: best(13), after: best(13, loss: 0.6))
        == "this run is not clearly better than photos: photos has as many, so it may be as good")
    #expect(
      remark(on: best(13), after: best(13, loss: 0.4))
        == "photos, an earlier run, may still be the best one: it got 13 of 13 right; this run has "
        + "as many, so it may be as good")
    #expect(
      remark(on: best(3), after: best(13))
        == "photos, an earlier run, is still the best one: it got 13 of 13 right")
    #expect(remark(on: best(130, of: 130), after: best(110, of: 130)) == nil)
  }

  @Test("an earlier run without a wrong photo is the best one in the terminal and in the report")
  func earlierIsBest() throws {
    let start = try effnet(
      "train", "my photos", "--weights", weights, "--batch", "8", "--epochs", "1")
    #expect(start.status == 0, "\(start)")
    let run = try RunFolder(existing: folder.path("runs/train/my photos"))
    var outcome = try #require(try run.readOutcome())
    outcome.best?.top1 = 1
    outcome.best?.loss = 0
    try run.finish(outcome, of: run.readSettings())
    let longer = try effnet("train", "--resume", "runs/train/my photos", "--epochs", "2")
    let remark =
      /my photos, an earlier run, (is still|may still be) the best one: it got 4 of 4 right/
    #expect(longer.standardOutput.contains(remark), "\(longer)")
    #expect(
      longer.standardOutput.contains(
        "\n0 of 4 validation photos are wrong; more numbers: effnet evaluate --model "
          + "'runs/train/my photos'\n"),
      "\(longer)")
    let report = folder.url.appending(path: "runs/train/my photos-2/report.html")
    #expect(try String(contentsOf: report, encoding: .utf8).contains(remark))
  }

  @Test("a run like an interrupted one is refused with the commands to resume it or start again")
  func again() throws {
    let start = ["train", "my photos", "--weights", weights, "--batch", "8"]
    let photo = folder.url.appending(path: "my photos/dark/1.png")
    let picture = try Data(contentsOf: photo)
    // The unreadable photo stops the run.
    try Data("no photo".utf8).write(to: photo)
    let stopped = try effnet(arguments: start + ["--epochs", "2", "--broken", "0"])
    #expect(stopped.status == 1 && stopped.standardError.contains("1 photo cannot be read"))
    try picture.write(to: photo)
    let same = try effnet(arguments: start + ["--epochs", "2", "--threads", "1"])
    #expect(same.status == 1 && same.standardOutput.isEmpty, "\(same)")
    #expect(
      same.standardError.hasSuffix(
        "effnet: runs/train/my photos trains on the same photos with the same settings, and is "
          + "interrupted after 0 of 2 epochs; to resume it: effnet train --resume "
          + "'runs/train/my photos'; to start again in another folder: effnet train 'my photos' "
          + "--weights \(weights) --batch 8 --epochs 2 --threads 1 --output "
          + "'runs/train/my photos-2'\n"), "\(same)")
    #expect(try runs == ["my photos"])
    // The run to be continued is not offered for deletion.
    let table = try effnet("runs").standardOutput
    #expect(table.contains("\ncontinue:\n  effnet train --resume 'runs/train/my photos'\n"))
    #expect(table.contains("\nto delete a run: rm -r FOLDER\n"), "\(table)")
    // Other settings may be meant.
    let other = try effnet(arguments: start + ["--epochs", "1"])
    #expect(other.status == 0, "\(other)")
    #expect(
      other.standardError.contains(
        "note: runs/train/my photos, on the same photos with other settings, is interrupted after "
          + "0 of 2 epochs; to resume it: effnet train --resume 'runs/train/my photos'\n"))
    let named = try effnet(arguments: start + ["--epochs", "2", "--output", "named"])
    #expect(named.status == 0 && !named.standardError.contains("is interrupted"), "\(named)")
  }

  @Test("a run that took the name of a deleted one is not the run that was continued")
  func deleted() throws {
    let run = "runs/train/my photos"
    let start = ["train", "my photos", "--weights", weights, "--batch", "8", "--epochs", "1"]
    #expect(try effnet(arguments: start).status == 0)
    #expect(try effnet("train", "--resume", run, "--epochs", "2").status == 0)
    #expect(try effnet("runs").standardOutput.contains(", continues my photos  "))
    try folder.remove(run)
    #expect(try effnet("runs").standardOutput.contains(", continues my photos (deleted)  "))
    #expect(try effnet(arguments: start).status == 0)
    let table = try effnet("runs").standardOutput
    #expect(table.contains(", continues my photos (deleted)  "), "\(table)")
    #expect(try !effnet("runs", "--json").standardOutput.contains("\"continues\""))
  }

  @Test("another run that uses the last weights of a run is no continuation of it")
  func otherRun() throws {
    let run = "runs/train/my photos"
    let start = ["train", "my photos", "--batch", "8", "--broken", "0", "--weights"]
    #expect(try effnet(arguments: start + [weights, "--epochs", "1"]).status == 0)
    // The unreadable photo stops the other run, also when it is resumed for more epochs.
    try Data("no photo".utf8).write(to: folder.url.appending(path: "my photos/dark/1.png"))
    let other = try effnet(arguments: start + ["\(run)/last.safetensors", "--epochs", "2"])
    #expect(other.status == 1 && other.standardError.contains("1 photo cannot be read"))
    let longer = try effnet("train", "--resume", "\(run)-2", "--epochs", "3")
    #expect(longer.status == 1 && longer.standardError.contains("1 photo cannot be read"))
    let shown = try effnet("train", "--resume", run)
    #expect(
      shown.status == 0 && shown.standardOutput.hasPrefix("\(run) is finished after 1 epoch;"),
      "\(shown)")
  }

  @Test(
    "a run that is named by . is continued next to it", arguments: [".", "./", "../my photos/."])
  func currentFolder(path: String) throws {
    let first = try effnet(
      "train", folder.path("my photos"), "--weights", weights, "--batch", "8",
      "--epochs", "1")
    #expect(first.status == 0, "\(first.standardError)")
    let inside = folder.url.appending(path: "runs/train/my photos")
    let longer = try CommandLineTool.effnet(
      arguments: ["train", "--resume", path, "--epochs", "2"], folder: inside)
    #expect(longer.status == 0, "\(longer.standardError)")
    #expect(try runs == ["my photos", "my photos-2"])
    let settings = try folder.text("runs/train/my photos-2/config.json")
    #expect(settings.contains("\"continues\" : \"my photos\""), "\(settings)")
  }

  @Test("train, the report, JSON and runs say what few validation photos and the last epochs mean")
  func end() throws {
    let options = ["train", "my photos", "--weights", weights, "--batch", "8", "--epochs", "3"]
    let output = try CommandLineTool.effnet(arguments: options, folder: folder.url)
    #expect(output.status == 0, "\(output.standardError)")
    let text = output.standardOutput
    let remark = "the validation photos also chose the epoch, so the result is probably too good"
    #expect(text.contains("right\n\(remark)"), "\(text)")
    #expect(text.contains(/\nthe validation loss .*; with 4 validation photos this is uncertain\n/))
    let run = "runs/train/my photos"
    let mayHelp = text.contains("longer training may help")
    #expect(
      text.contains(
        "\ntrain 3 epochs longer (the result goes to \(run)-2): "
          + "effnet train --resume '\(run)' --epochs 6\n")
        == mayHelp)
    #expect(text.hasSuffix("wrong folder: effnet label --examples 'my photos'\n"), "\(text)")
    let page = try folder.text("\(run)/report.html")
    #expect(page.contains("T\(remark.dropFirst())") && page.contains("<dt>loss at the end</dt>"))
    // The finished run says the same.
    let trend = try #require(
      text.split(separator: "\n").first { $0.hasPrefix("the validation loss") })
    let finished = try effnet("train", "--resume", run).standardOutput
    #expect(finished.contains("\n\(trend)\n"), "\(finished)")
    let isDiscouraged = trend.contains("than longer training") || trend.contains("not help")
    let longer = isDiscouraged ? "to train 3 epochs longer all the same" : "train 3 epochs longer"
    #expect(
      finished.hasSuffix(
        "\n\(longer) (the result goes to \(run)-2): "
          + "effnet train --resume '\(run)' --epochs 6\n"), "\(finished)")
    let shown = try effnet("train", "--resume", run, "--json").standardOutput
    #expect(shown.contains("\"last\":{\"epoch\":3,"), "\(shown)")
    // Few photos are no proof that the network is better than guessing, unless all are right.
    let file = folder.url.appending(path: "\(run)/result.json")
    var result = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    result["best"] = ["epoch": 1, "top1": 1, "loss": 0.5, "photos": 4]
    try JSONSerialization.data(withJSONObject: result).write(to: file)
    let runs = try effnet("runs")
    #expect(runs.standardOutput.contains("\nuse the finished run; \(remark)"), "\(runs)")
    // The cache of the tests is empty, so there is nothing to delete in it.
    #expect(runs.standardOutput.hasSuffix("\n\nto delete a run: rm -r FOLDER\n"), "\(runs)")
    let cache = folder.path("cache")
    try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: false)
    _ = try folder.file("cache/lite0.safetensors", contents: "weights")
    let again = try CommandLineTool.effnet(
      arguments: ["runs"], environment: ["EFFNET_CACHE": cache], folder: folder.url)
    #expect(
      again.standardOutput.hasSuffix(
        "rm -r FOLDER\ndownloaded weights and kept features: 1 MB in \(cache)\n"), "\(again)")
    // A network is not compared with an identical one.
    try folder.copy(run, to: "\(run) copy")
    let two = try effnet("runs").standardOutput
    #expect(two.contains(", the best of 2 finished runs: 4 of 4 (100.0 %) right"), "\(two)")
    #expect(!two.contains("not a lower loss"), "\(two)")
  }
}

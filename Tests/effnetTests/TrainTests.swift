import EfficientNet
import EfficientNetImages
import EfficientNetTestSupport
import EfficientNetTraining
import Foundation
import Testing

@testable import EfficientNetTraining
@testable import effnet

/// train, find-lr, augment and recipe on a few photos and a tiny network.
@Suite("effnet train")
struct TrainTests {
  private let folder: TemporaryFolder
  private let weights: String

  init() throws {
    (folder, weights) = try TemporaryFolder.withTinyModel()
    try folder.writeTwoClasses("кошка", "it's a dog")
  }

  private func effnet(_ arguments: String...) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(
      arguments: arguments, environment: ["EFFNET_CACHE": folder.path("cache")], folder: folder.url)
  }

  private var names: [String] { get throws { try folder.names } }

  private struct Rates: Decodable {
    struct Point: Decodable { let rate, loss: Double }
    let suggestion, best: Double?
    let points: [Point]
    let batch: Int
    let recipe, report: String
    let next: String?
  }

  @Test("find-lr writes a page, prints the rate and the next command, and creates no run")
  func findRate() throws {
    let output = try effnet("find-lr", "photos", "--weights", weights, "--batch", "8", "--json")
    #expect(output.status == 0, "\(output.standardError)")
    let rates = try output.json(Rates.self)
    #expect(rates.points.count >= 10 && rates.points[0].rate == 1e-6 && rates.batch == 8)
    #expect(rates.recipe == "finetune")
    #expect(rates.report == "runs/find-lr/photos.html")
    #expect(try names == ["photos", "runs", "tiny.safetensors"])
    if let suggestion = rates.suggestion, let next = rates.next {
      #expect(suggestion > 1e-6)
      #expect(next.hasPrefix("effnet train photos --weights \(weights) --batch 8 --lr "))
    }
    let page = try folder.text(rates.report)
    #expect(page.matches(of: /Loss by learning rate<\//).count == 1 && page.contains("<svg"))
    // Another page and other threads give the same test.
    let again = try effnet(
      "find-lr", "photos", "--weights", weights, "--batch", "8", "--threads", "1", "--output",
      "lr.html")
    #expect(again.status == 0 && again.standardOutput.contains("report: lr.html\n"))
    #expect(again.standardOutput.hasPrefix("suggested rate: "))
    #expect(again.standardOutput.contains("\nthe recipe's own rate: "))
    #expect(
      rates.suggestion == nil
        || again.standardOutput.contains(", for the recipe finetune and steps of 8 photos\n"))
    #expect(try names == ["lr.html", "photos", "runs", "tiny.safetensors"])
    let third = try effnet("find-lr", "photos", "--weights", weights, "--batch", "8", "--json")
    let same = try third.json(Rates.self)
    #expect(same.points.map(\.loss) == rates.points.map(\.loss))
    #expect(same.report == "runs/find-lr/photos-2.html")
  }

  @Test("from random weights, a suggestion far below the recipe's rate is doubted")
  func lowRate() throws {
    var recipe = Recipe.short
    (recipe.rate, recipe.rateBatch) = (0.05, recipe.batchOfStep)
    var configuration = RunConfiguration(
      data: "photos", dataFingerprint: 0,
      model: try Architecture.tiny("tiny-silu").standardDescription(provenance: ""), recipe: recipe)
    let low = FindRateCommand.comparison(0.0054, configuration)
    #expect(low.count == 2 && low[0] == "the recipe's own rate: 0.05", "\(low)")
    #expect(low[1].contains("Compare both rates for a few epochs"))
    #expect(FindRateCommand.comparison(0.03, configuration).count == 1)
    #expect(FindRateCommand.comparison(nil, configuration).count == 1)
    configuration.weights = "lite0.safetensors"
    #expect(FindRateCommand.comparison(0.0054, configuration).count == 1)
  }

  @Test("find-lr stops at Ctrl-C and leaves no files behind")
  func interruption() throws {
    let errors = try folder.file("errors")
    let process = try CommandLineTool.start(
      [
        "find-lr", "photos", "--model", "mnasnet-small", "--resolution", "160", "--from-scratch",
        "--batch", "16",
      ], in: folder.url, errors: FileHandle(forWritingTo: errors))
    // The line about the network is written right before the first step.
    while try Data(contentsOf: errors).isEmpty, process.isRunning { usleep(1000) }
    try CommandLineTool.waitUntilInterruptible(process)
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    let message = try String(contentsOf: errors, encoding: .utf8)
    #expect(message.hasSuffix("stopped; nothing was written\n"), "\(message)")
    #expect(try names == ["errors", "photos", "tiny.safetensors"])
  }

  @Test("a loss far above that of guessing is explained")
  func lossNote() {
    #expect(TrainCommand.note(onLoss: 2.7, classes: 2) == nil)
    let note = TrainCommand.note(onLoss: 651, classes: 2)
    #expect(note?.hasPrefix("the loss is 651.0; guessing among 2 classes has 0.69; ") == true)
    #expect(note?.hasSuffix("; if it does not fall, use a lower learning rate (--lr)") == true)
  }

  @Test("the time of the remaining epochs is shown if it is at least a minute")
  func timeOfRest() {
    let record = EpochRecord(
      epoch: 1, trainingLoss: 1, trainingTop1: 0, validationLoss: 1, validationTop1: 0,
      validationTop5: 0, rate: 0.1, seconds: 2, imagesPerSecond: 150)
    // 349 epochs of 2 s, and validation takes an eighth of that.
    #expect(
      record.timeOfRest(epochs: 350, training: 240, validation: 90)
        == "about 14 min for the remaining 349 epochs")
    #expect(
      record.timeOfRest(epochs: 31, training: 240, validation: 0)
        == "about 60 s for the remaining 30 epochs")
    #expect(record.timeOfRest(epochs: 30, training: 240, validation: 0) == nil)
    #expect(record.timeOfRest(epochs: 1, training: 240, validation: 0) == nil)
  }

  @Test("a network near chance gets advice for few photos")
  func chanceNote() throws {
    func note(right: Int) throws -> String? {
      var evaluation = Evaluation(classes: ClassLabel.numbered(2))
      for sample in 0..<16 {
        let best = sample < right ? sample % 2 : 1 - sample % 2
        try evaluation.add(logits: best == 0 ? [1, 0] : [0, 1], label: sample % 2, sample: sample)
      }
      return TrainCommand.note(nearChance: evaluation)
    }
    #expect(try note(right: 15) == nil)
    let advice = try #require(try note(right: 9))
    #expect(advice.contains("gets 50.0 %; more photos help most; ") && !advice.contains("short"))
  }

  @Test("augment writes a picture, identical for the same seed")
  func augment() throws {
    let output = try effnet("augment", "photos", "--weights", weights, "--output", "out.png")
    #expect(output.status == 0 && output.standardError.isEmpty, "\(output.standardError)")
    #expect(output.lines.count == 9 && output.standardOutput.contains("кошка"))
    #expect(try names == ["out.png", "photos", "tiny.safetensors"])
    func picture(_ name: String) throws -> PixelBuffer {
      try PixelBuffer(contentsOf: folder.path(name))
    }
    let first = try picture("out.png")
    #expect(first.width == 4 + 8 * (165 + 4))
    _ = try effnet(
      "augment", "photos", "--weights", weights, "--output", "b.png", "--threads", "1", "--quiet")
    #expect(try picture("b.png") == first)
    let standard = try effnet("augment", "photos", "--weights", weights)
    #expect(standard.standardOutput.hasPrefix("runs/augment/photos.png: "))
    #expect(try picture("runs/augment/photos.png") == first)
    let other = try effnet(
      "augment", "photos", "--weights", weights, "--output", "c.png", "--seed", "1", "--json")
    #expect(try picture("c.png") != first)
    struct Sheet: Decodable {
      struct Photo: Decodable { let label, path: String }
      let picture: String
      let photos: [Photo]
    }
    let sheet = try other.json(Sheet.self)
    #expect(sheet.picture == "c.png" && sheet.photos.count == 8)
  }

  @Test("a run keeps --precision bf16 when it resumes")
  func bfloat16() throws {
    let options = ["photos", "--weights", weights, "--epochs", "1", "--batch", "8", "--quiet"]
    func run(_ name: String, _ precision: String) throws -> Data {
      let output = try CommandLineTool.effnet(
        arguments: ["train"] + options + ["--output", name, "--precision", precision],
        folder: folder.url)
      #expect(output.status == 0, "\(output.standardError)")
      return try Data(contentsOf: folder.url.appending(path: "\(name)/last.safetensors"))
    }
    #expect(try run("a", "fp32") != run("b", "bf16"))
    let configuration = try folder.text("b/config.json")
    #expect(configuration.contains("\"precision\" : \"bf16\""))
    let refused = try effnet("train", "--resume", "b", "--precision", "fp32")
    #expect(refused.status == 2 && refused.standardError.contains("leave out --precision"))
    let wrong = try effnet("train", "photos", "--precision", "fp64")
    #expect(wrong.status == 2 && wrong.standardError.contains("fp64"))
    for command in [["train"], ["find-lr"], ["search"]] {
      let inference = try CommandLineTool.effnet(
        arguments: command + ["photos", "--precision", "fp16"], folder: folder.url)
      #expect(inference.status == 2, "\(command)")
      #expect(
        inference.standardError.contains("--precision fp16 is for inference only"), "\(command)")
    }
  }

  @Test(
    "the cache does not change the weights, is stored in the configuration, and is reused on disk")
  func cache() throws {
    func run(_ name: String, _ options: String...) throws -> Data {
      let output = try CommandLineTool.effnet(
        arguments: [
          "train", "photos", "--weights", weights, "--epochs", "2", "--batch", "8", "--quiet",
          "--output", name,
        ] + options, environment: ["EFFNET_CACHE": folder.path("cache")], folder: folder.url)
      #expect(output.status == 0 && output.hasOnlyNotes, "\(output.standardError)")
      return try Data(contentsOf: folder.url.appending(path: "\(name)/last.safetensors"))
    }
    let none = try run("none", "--cache", "none")
    #expect(try run("memory") == none)
    #expect(try run("full", "--cache-limit", "1e-5") == none)
    #expect(try !names.contains("cache"))
    #expect(try run("disk", "--cache", "disk") == none)
    let kept = folder.path("cache/photos")
    let files = try FileManager.default.contentsOfDirectory(atPath: kept)
    #expect(files.count == 24)
    #expect(try run("again", "--cache", "disk") == none)
    #expect(try FileManager.default.contentsOfDirectory(atPath: kept).sorted() == files.sorted())
    for (name, cache) in [("memory", "memory"), ("disk", "disk"), ("none", "none")] {
      let text = try folder.text("\(name)/config.json")
      #expect(text.contains("\"cache\" : \"\(cache)\""))
    }
    let resumed = try effnet(
      "train", "--resume", "disk", "--cache", "memory", "--threads", "1", "--json")
    #expect(resumed.status == 0, "\(resumed.standardError)")
  }

  @Test("recipe prints a recipe that can be read back")
  func recipe() throws {
    let output = try effnet("recipe", "--epochs", "3")
    #expect(output.status == 0 && output.standardOutput.contains("\"epochs\" : 3"))
    _ = try folder.file("mine.json", contents: output.standardOutput)
    #expect(try effnet("recipe", "--recipe", "mine.json").standardOutput == output.standardOutput)
    let scratch = try effnet("recipe", "--from-scratch")
    #expect(scratch.standardOutput.contains("\"name\" : \"efficientnet\""))
  }

  @Test(
    "options that make no sense are usage errors",
    arguments: [
      (["train"], "name photos"),
      (["train", "--resume", "runs/x", "--epochs", "0"], "--epochs is 0; it must be from 1"),
      (["train", "--resume", "runs/x", "--new-head"], "leave out --new-head"),
      (["train", "photos", "--from-scratch", "--model", "b0", "--new-head"], "out --new-head"),
      (["train", "photos", "--lr", "0,02"], "with a decimal point"),
      (["train", "--resume", "runs/x", "--seed=3"], "leave out --seed"),
      (["find-lr"], "name photos"),
      (["augment"], "name photos"),
      (["recipe", "photos"], "photos"),
      (["find-lr", "photos", "--resume", "runs/x"], "'--resume'"),
      (["find-lr", "photos", "--lr", "0.1"], "leave out --lr"),
      (["augment", "photos", "--output", "out.jpg"], "out.jpg"),
      (["augment", "photos", "--freeze", "backbone"], "'--freeze'"),
      (["train", "photos", "--find-lr"], "'--find-lr'; use 'effnet find-lr'"),
      (["train", "a", "--show-augmentation", "a.png"], "use 'effnet augment'"),
      (["train", "--print-recipe"], "use 'effnet recipe'"),
      (["train", "photos", "--cache", "ram"], "--cache"),
      (["train", "photos", "--cache", "none", "--cache-limit", "2"], "leave out --cache-limit"),
      (["train", "photos", "--cache-limit", "0"], "--cache-limit is 0"),
      (["train", "a", "--limit", "9", "--limit-training", "9"], "cannot be used together"),
      (["train", "photos", "--limit-training", "0"], "--limit-training is 0"),
      (["train", "photos", "--freeze", "all"], "'all' is invalid for '--freeze"),
      (["train", "photos", "--checkpoint-minutes", "0"], "--checkpoint-minutes is 0"),
      (["train", "photos", "--from-scratch"], "--from-scratch needs --model"),
      (["scale", "search", "photos", "--head-epochs", "1"], "'--head-epochs'"),
      (["search", "photos", "--train-norms"], "'--train-norms'"),
      (["explain", "a.jpg", "--width", "2"], "'--width'"),
      (["similar", "a.jpg", "--in", "a.npz", "--depth", "2"], "'--depth'"),
    ])
  func usage(arguments: [String], message: String) throws {
    let output = try CommandLineTool.effnet(arguments: arguments)
    #expect(output.status == 2, "\(arguments)")
    #expect(output.standardOutput.isEmpty && output.standardError.contains(message), "\(output)")
    #expect(output.standardError.split(separator: "\n").count == 1)
  }

  @Test("the outputs of find-lr and augment replace no photo", arguments: ["find-lr", "augment"])
  func photosStay(command: String) throws {
    let photo = "photos/it's a dog/0.png"
    let before = try Data(contentsOf: folder.url.appending(path: photo))
    let output = try effnet(command, "photos", "--weights", weights, "--output", photo)
    #expect(output.status == 2 && output.standardOutput.isEmpty)
    #expect(output.standardError.contains("--output \(photo) would replace the input \(photo)"))
    #expect(try Data(contentsOf: folder.url.appending(path: photo)) == before)
  }

  @Test("search refuses a recipe for pretrained networks")
  func comparison() throws {
    let output = try effnet("search", "photos", "--recipe", "finetune-adamw")
    #expect(output.status == 2, "\(output)")
    #expect(output.standardError.contains("which is for pretrained networks"))
  }

  @Test("the next command keeps the options for training, quoted for a shell")
  func nextCommand() {
    let arguments = [
      "find-lr", "my photos", "--output", "lr.html", "--json", "--model", "b0",
      "--output=a b", "--quiet", "--recipe", "it's.json", "", "--", "x",
    ]
    #expect(
      FindRateCommand.training(arguments, rate: "0.1")
        == "effnet train 'my photos' --model b0 --recipe 'it'\\''s.json' '' --lr 0.1 -- x")
  }
}

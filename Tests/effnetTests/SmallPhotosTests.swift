import EfficientNet
import EfficientNetTestSupport
import EfficientNetTraining
import Foundation
import Testing

@testable import effnet

/// Notes on small photos and small maps, and --crop.
@Suite("Small photos")
struct SmallPhotosTests {
  private func preprocessing(_ side: Int, _ share: Double = 0.875) -> Preprocessing {
    Preprocessing(
      resize: side, crop: side, interpolation: .bicubic, mean: [0, 0, 0], std: [1, 1, 1]
    ).withCropShare(share)
  }

  private func note(_ side: Int, parts: Bool = false, _ networks: Preprocessing...) -> String? {
    SmallPhotos(side: side, showsParts: parts).note(for: networks)
  }

  @Test("the note tells what a network sees of photos that it enlarges")
  func words() {
    #expect(note(36, preprocessing(32)) == nil && note(32, preprocessing(32, 1)) == nil)
    #expect(
      note(32, preprocessing(32))
        == "the photos typically have 32 pixels on the shorter side; the network enlarges them "
        + "to 36, which adds no detail, and sees only their middle 28 pixels; --crop 1 shows all 32"
    )
    #expect(
      note(32, parts: true, preprocessing(64, 1))
        == "the photos typically have 32 pixels on the shorter side; in validation and later use, "
        + "the network enlarges them to 64, which adds no detail")
    #expect(
      note(32, preprocessing(64), preprocessing(32), preprocessing(40))
        == "the photos typically have 32 pixels on the shorter side; the networks enlarge them to "
        + "between 36 and 73, which adds no detail, and see only their middle 28 pixels; --crop 1 "
        + "shows all 32")
    #expect(
      note(48, preprocessing(64), preprocessing(32), preprocessing(48))
        == "the photos typically have 48 pixels on the shorter side; the networks with an input of "
        + "48 pixels or more enlarge them to between 54 and 73, which adds no detail, and see only "
        + "their middle 43 pixels; --crop 1 shows all 48")
  }

  @Test("the note on maps of one pixel counts the stages")
  func onePixel() throws {
    var architecture = try Variant(named: "b0").architecture
    #expect(architecture.onePixelNote() == nil)
    architecture.resolution = 32
    #expect(
      architecture.onePixelNote()
        == "2 of the 7 stages of b0 read maps of 1×1 pixel at 32 pixels, where a depthwise filter "
        + "has no neighbors to see; use a higher --resolution or fewer stages (--stages)")
    #expect(
      architecture.onePixelNote(hasWeights: true)?.hasSuffix("use a higher --resolution") == true)
  }

  @Test("--stages keeps the first stages of a network from scratch and of a baseline")
  func stages() throws {
    let folder = try TemporaryFolder()
    try folder.writeTwoShades("photos")
    func effnet(_ arguments: [String]) throws -> CommandLineTool.Output {
      try CommandLineTool.effnet(arguments: arguments, folder: folder.url)
    }
    let network = ["--model", "b0", "--width", "0.25", "--resolution", "32"]
    let start =
      ["train", "photos", "--from-scratch", "--recipe", "short", "--epochs", "1", "--batch", "8"]
      + network
    let all = try effnet(start + ["--output", "all"])
    #expect(
      all.status == 0
        && all.standardError.contains(
          "note: 2 of the 7 stages of b0-w0.25 read maps of 1×1 pixel at 32 pixels,"),
      "\(all)")
    let five = try effnet(start + ["--stages", "5", "--output", "five"])
    #expect(five.status == 0 && !five.standardError.contains("1×1"), "\(five)")
    let model = try Model(contentsOf: folder.path("five/best.safetensors"))
    #expect(model.description.architecture.stages.count == 5)
    #expect(model.description.architecture.name == "b0-w0.25-s5")
    let table = try effnet(
      ["scale", "table", "--stages", "5", "--phi", "0", "--no-latency"] + network)
    #expect(
      table.status == 0 && table.standardOutput.contains("1-2-2-3-3  8-8-16-24-32"), "\(table)")
    // The commands that show a network without training it.
    let shown = try effnet(["models", "b0", "--width", "0.25", "--stages", "5"])
    #expect(shown.status == 0 && shown.lines[0].hasPrefix("b0-w0.25-s5: "), "\(shown)")
    let layers = try effnet(["summary", "b0", "--width", "0.25", "--stages", "5"])
    #expect(
      layers.standardOutput.contains("blocks.4.") && !layers.standardOutput.contains("blocks.5."))
    let speed = try effnet(
      ["benchmark", "--stages", "5", "--rounds", "1", "--threads", "1", "--json"] + network)
    #expect(speed.status == 0 && speed.standardOutput.contains("\"b0-w0.25-s5\""), "\(speed)")
    for (arguments, words) in [
      (["models", "--stages", "5"], "--stages needs --model"),
      (start + ["--stages", "8"], "--stages is 8; for b0-w0.25 it must be at most 7"),
      (start + ["--stages", "0"], "--stages is 0"),
      (["train", "photos", "--stages", "3"], "--stages makes a network without weights"),
      (["scale", "table", "--stages", "9"], "--stages is 9; for b0 it must be at most 7"),
    ] {
      let output = try effnet(arguments)
      #expect(output.status == 2 && output.standardError.contains(words), "\(output)")
    }
  }

  /// The photos have 22×20 pixels; the tiny network resizes them to 40 and cuts out 33.
  @Test("train notes small photos; --crop is recorded with the run and used by all commands")
  func training() throws {
    let folder = try TemporaryFolder()
    let weights = folder.path("tiny.safetensors")
    try writeTinyModel(to: weights)
    try folder.writeTwoShades("photos")
    func effnet(_ arguments: [String]) throws -> CommandLineTool.Output {
      let output = try CommandLineTool.effnet(arguments: arguments, folder: folder.url)
      #expect(output.status == 0, "\(output.standardError)")
      return output
    }
    func resizes(_ path: String) throws -> [Substring] {
      let data = try Data(contentsOf: folder.url.appending(path: path))
      return String(decoding: data, as: UTF8.self)
        .matches(of: /\\?"resize\\?" ?: ?(\d+)/).map(\.1)
    }
    let start = [
      "train", "photos", "--weights", weights, "--batch", "8", "--threads", "1", "--schedule",
      "constant",
    ]
    let plain = try effnet(start + ["--epochs", "1", "--output", "plain"])
    #expect(
      plain.standardError.contains(
        "note: the photos typically have 20 pixels on the shorter side; in validation and later "
          + "use, the network enlarges them to 40, which adds no detail, and sees only their "
          + "middle 17 pixels; --crop 1 shows all 20\n"), "\(plain.standardError)")
    #expect(try resizes("plain/config.json") == ["40"])
    let whole = try effnet(start + ["--epochs", "1", "--crop", "1", "--output", "whole"])
    #expect(whole.standardError.contains("the network enlarges them to 33, which adds no detail\n"))
    #expect(try resizes("whole/config.json") == ["33"])
    // A resumed run keeps the crop, and does not repeat the note.
    let longer = try effnet(["train", "--resume", "whole", "--epochs", "2", "--threads", "1"])
    #expect(!longer.standardError.contains("on the shorter side"))
    #expect(try resizes("whole/config.json") == ["33"])
    let file = try Model(contentsOf: folder.path("whole/best.safetensors"))
    #expect(file.description.preprocessing.resize == 33)
    let inspected = try effnet(["inspect", "whole"]).standardOutput
    #expect(inspected.contains("resized to 33, cropped to 33"), "\(inspected)")
  }

  @Test("--crop of an experiment is in its settings and in the next command")
  func experiment() throws {
    let folder = try TemporaryFolder()
    try folder.writeTwoShades("photos")
    let network = Architecture(
      name: "tiny", resolution: 16, stem: 8,
      stages: [.mbConv(expand: 1, kernel: 3, stride: 1, channels: 8, repeats: 1)], head: 16,
      classes: 4, activation: .silu, dropout: 0)
    try Data(network.json.utf8).write(to: folder.url.appending(path: "tiny.json"))
    func dimensions(_ arguments: [String]) throws -> CommandLineTool.Output {
      let output = try CommandLineTool.effnet(
        arguments: ["scale", "dimensions"] + arguments, folder: folder.url)
      #expect(output.status == 0, "\(output.standardError)")
      return output
    }
    let output = try dimensions([
      "photos", "--model", "tiny.json", "--epochs", "1", "--batch", "4", "--seeds", "1",
      "--factors", "4", "--fine", "--crop", "0.5", "--split", "0.5",
    ])
    let words = /note: the photos typically have 20 pixels on the shorter side/
    #expect(output.standardError.matches(of: words).count == 1, "\(output.standardError)")
    let place = "runs/scale-dimensions/photos"
    func text(_ name: String) throws -> String {
      try folder.text("\(place)/\(name)")
    }
    let settings = try text("experiment.json")
    #expect(settings.contains("\"crop\" : 0.5"), "\(settings)")
    // If every photo is right, the networks are better than guessing, so a command follows.
    let right = try text("results.jsonl").replacing(/"top1":[0-9.e-]+/, with: "\"top1\":1")
    try Data(right.utf8).write(to: folder.url.appending(path: "\(place)/results.jsonl"))
    let resumed = try dimensions(["--resume", place])
    let next = try #require(resumed.lines.last)
    #expect(next.hasPrefix("next: effnet train photos ") && next.hasSuffix(" --crop 0.5"))
    // A resumed experiment keeps its crop, so the note would not help.
    #expect(!resumed.standardError.contains("on the shorter side"), "\(resumed)")
    // The findings keep it.
    #expect(
      resumed.standardOutput.contains("The photos typically have 20 pixels on the shorter side"),
      "\(resumed)")
  }

  @Test("a crop out of range is an error", arguments: ["0", "0.2", "1.1", "nan"])
  func range(value: String) throws {
    for command in [["train", "photos"], ["scale", "search", "photos"], ["search", "photos"]] {
      let output = try CommandLineTool.effnet(arguments: command + ["--crop", value])
      #expect(output.status == 2, "\(output)")
      #expect(
        output.standardError.contains("--crop is \(Double(value) ?? 0)"), "\(output.standardError)")
    }
  }
}

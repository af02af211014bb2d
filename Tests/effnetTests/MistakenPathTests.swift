import EfficientNetTestSupport
import Foundation
import Testing

/// Files, folders, photos and runs that are taken for each other.
@Suite("effnet, mistaken paths")
struct MistakenPathTests {
  private let bench: Workbench

  init() throws {
    bench = try Workbench()
    try bench.folder.writeTwoShades("photos")
    try writeTinyModel(to: bench.path("net.safetensors"))
    try bench.folder.make("run")
    for name in ["config.json", "log.csv", "best.safetensors"] {
      _ = try bench.folder.file("run/\(name)", contents: "{}")
    }
  }

  @Test("a table of features is no network", arguments: ["x.npz", "x.safetensors"])
  func table(name: String) throws {
    let (table, photos) = (bench.path(name), bench.path("photos"))
    try bench.effnet(
      "embed", photos, "-o", table, "--model", bench.path("net.safetensors"), "--quiet")
    try bench.expectFailure(
      ["classify", photos, "--model", table], status: 1,
      "\(name) is a table of features, not a network")
  }

  @Test("the error names the mistake and the remedy")
  func errors() throws {
    let (run, photos, weights) = (
      bench.path("run"), bench.path("photos"), bench.path("net.safetensors")
    )
    let photo = "\(photos)/dark/0.png"
    for (arguments, status, words) in [
      (["train", "--resume", "\(run)/config.json"], 1, "it is a file; name its folder, \(run)"),
      (["train", "--resume", photo], 1, "it is a file; name the folder of a run"),
      (
        ["train", run], 2, "is the folder of a run; name photos, or continue the run: effnet train"
      ),
      (
        ["train", "\(photos)/dark", "--weights", weights], 1,
        "if 'dark' is a class, name \(photos)/"
      ),
      (
        ["train", photos, "--weights", weights, "--recipe", photos], 1,
        "it is not the folder of a run, since it contains no config.json"
      ),
      (
        ["evaluate", "--run", "\(run)/best.safetensors"], 2,
        "--run is \(run)/best.safetensors, which is a file; name the folder of the run"
      ),
      (["classify", photo, "--run", run], 2, "name the folder of the run with --model"),
      (
        ["classify", photo, "--csv", photos], 2,
        "--csv is \(photos), which is a folder; name a file, such as \(photos)/photos.csv"
      ),
      (["duplicates", photos, "--delete-list", run], 2, "--delete-list is \(run), which is"),
      (
        ["similar", photo, "--weights", weights, "--among", photo], 2,
        "which is a photo; name a folder of photos, or a file of features"
      ),
      (["explain", photo, "--output", bench.path("x.png")], 2, "x.png, but it must be a folder"),
    ] as [([String], Int32, String)] {
      try bench.expectFailure(arguments, status: status, words)
    }
  }

  @Test("a missing path names the existing one that was probably meant")
  func similarPaths() throws {
    let (run, photos, weights) = (
      bench.path("run"), bench.path("photos"), bench.path("net.safetensors")
    )
    for (arguments, words) in [
      (["classify", bench.path("Photos")], "did you mean '\(photos)'?"),
      (["classify", bench.path("phtoos/Dark/0.png")], ""),
      (["classify", bench.path("phtoos/dark/0.png")], "did you mean '\(photos)/dark/0.png'?"),
      (["classify", "\(photos)/dark/0.jpg"], "did you mean '\(photos)/dark/0.png'?"),
      (["classify", "\(photos)/dark/10.png"], ""),
      (["embed", bench.path("potos/"), "-o", bench.path("x.npz")], "'\(photos)'?"),
      (["explain", "\(photos)/Dark", "--output", bench.path("out")], "'\(photos)/dark'?"),
      (["label", "--examples", bench.path("photo")], "'\(photos)'?"),
      (["train", bench.path("PHOTOS"), "--output", bench.path("new")], "'\(photos)'?"),
      (["evaluate", bench.path("photo")], "'\(photos)'?"),
      (["similar", "\(photos)/dark/0.png", "--among", bench.path("photo")], "'\(photos)'?"),
      (["similar", "\(photos)/dark/0.pgn", "--among", photos], "'\(photos)/dark/0.png'?"),
    ] {
      let output = try bench.run(arguments + ["--weights", weights, "--threads", "1"])
      let error = output.standardError
      #expect(output.status == 1, "\(arguments): \(error)")
      #expect(error.contains("did you mean") == !words.isEmpty, "\(arguments): \(error)")
      if !words.isEmpty { #expect(error.contains(words), "\(arguments): \(error)") }
    }
    let resumed = try bench.run(["train", "--resume", bench.path("Run")])
    #expect(resumed.standardError.contains("does not exist; did you mean '\(run)'?"))
  }

  @Test("a folder with other digits is named if it is the only similar one")
  func otherDigits() throws {
    let meant = bench.path("Holiday 2025")
    for (year, isNamed) in [("2024", true), ("2023", false)] {
      try bench.folder.make("Holiday \(year)")
      let output = try bench.run(["classify", meant, "--weights", bench.path("net.safetensors")])
      #expect(output.status == 1, "\(output)")
      #expect(
        output.standardError.contains("; did you mean '\(bench.path("Holiday 2024"))'?") == isNamed,
        "\(output)")
    }
  }

  @Test("a run is found if the folder train is left out")
  func runWithoutTrain() throws {
    let (photo, run) = (bench.path("photos/dark/0.png"), bench.path("runs/train/My Photos"))
    try bench.folder.make("runs/train")
    try FileManager.default.moveItem(atPath: bench.path("run"), toPath: run)
    let meant = bench.path("runs/My Photos")
    for (arguments, status) in [
      (["classify", photo, "--model", meant], 2), (["classify", photo, "--model", meant + "/"], 2),
      (["train", "--resume", meant], 1),
    ] as [([String], Int32)] {
      let output = try bench.run(arguments)
      #expect(output.status == status, "\(output)")
      #expect(output.standardError.contains("; did you mean '\(run)'?"), "\(output)")
    }
    for name in ["runs/My Photos", "My Photos", "./runs/My Photos"] {
      let output = try CommandLineTool.effnet(
        arguments: ["classify", photo, "--model", name], folder: bench.folder.url)
      let found = name.hasPrefix("./") ? "./runs/train/My Photos" : "runs/train/My Photos"
      #expect(
        output.standardError.contains(
          "there is no file or folder \(name); did you mean '\(found)'?"), "\(output)")
    }
    // A folder of photos has the name of the run.
    try bench.folder.writeTwoShades("My Photos")
    for arguments in [
      ["classify", photo, "--model", "My Photos"], ["train", "--resume", "My Photos"],
      ["evaluate", "--run", "My Photos"],
    ] {
      let output = try CommandLineTool.effnet(arguments: arguments, folder: bench.folder.url)
      #expect(output.status == 1, "\(output)")
      #expect(
        output.standardError.contains(
          "My Photos: it is not the folder of a run, since it contains no config.json; did you "
            + "mean 'runs/train/My Photos'?"), "\(output)")
    }
  }

  @Test("forgotten quotation marks are noticed")
  func unquoted() throws {
    try bench.folder.writeTwoShades("My best Photos")
    let words = [bench.path("My"), "best", "Photos"]
    let advice = "did you mean '\(bench.path("My best Photos"))'? Quote names with spaces"
    for (arguments, status) in [
      (["train"] + words, 2), (["evaluate"] + words, 2), (["classify", "--model"] + words, 2),
      (["train", "--resume"] + words, 2),
      (["classify", "--weights", bench.path("net.safetensors")] + words, 1),
    ] as [([String], Int32)] {
      let output = try bench.run(arguments)
      #expect(output.status == status && output.standardError.contains(advice), "\(output)")
    }
    try bench.folder.move("run", to: "My run")
    let resumed = try bench.run(["train", "--resume", bench.path("My"), "run"])
    #expect(
      resumed.standardError == "effnet: \(bench.path("My")): the folder does not exist; "
        + "did you mean '\(bench.path("My run"))'? Quote names with spaces\n")
    // Both paths exist, so the marks are not missing.
    let two = try bench.run(["train", bench.path("photos"), bench.path("net.safetensors")])
    #expect(two.standardError.contains("photos must be one folder"))
  }

  @Test("no photos have no results")
  func noPhotos() throws {
    let (run, weights) = (bench.path("run"), bench.path("net.safetensors"))
    for (arguments, words) in [
      (["duplicates", bench.path("typo"), "--delete-list", bench.path("x")], "typo: No such file"),
      (["similar", bench.path("photos/dark/0.png"), "--among", run], "run: no photos found"),
    ] {
      let output = try bench.run(arguments + ["--weights", weights])
      #expect(output.status == 1 && output.standardOutput.isEmpty, "\(output)")
      #expect(output.standardError.contains(words), "\(output)")
      for other in ["no duplicates", "1 is the same picture"] {
        #expect(!output.standardError.contains(other), "\(output)")
      }
    }
    #expect(!bench.folder.exists("x"))
  }

  @Test("--recipe takes the folder of a run")
  func recipe() throws {
    let (photos, weights) = (bench.path("photos"), bench.path("net.safetensors"))
    func train(_ output: String, _ options: [String]) throws -> CommandLineTool.Output {
      try bench.run(
        ["train", photos, "--weights", weights, "--output", output, "--threads", "1"] + options)
    }
    let old = bench.path("old")
    let first = try train(old, ["--epochs", "2", "--batch", "8", "--label-smoothing", "0.3"])
    #expect(first.status == 0, "\(first)")
    let second = try train(bench.path("new"), ["--recipe", old])
    #expect(second.status == 0 && second.standardError.contains("epoch 2: "), "\(second)")
    let settings = try bench.folder.text("new/config.json")
    #expect(
      settings.contains(/"smoothing" ?: ?0\.3,?\n/) && !second.standardError.contains("epoch 3: "))
  }
}

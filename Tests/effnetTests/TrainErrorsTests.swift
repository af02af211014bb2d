import EfficientNet
import EfficientNetImages
import EfficientNetTestSupport
import EfficientNetTraining
import Foundation
import Testing

@testable import effnet

/// `effnet train` and `effnet evaluate` with unusable inputs and options.
@Suite("effnet train, errors")
struct TrainErrorsTests {
  private let folder: TemporaryFolder
  private let weights: String

  init() throws {
    (folder, weights) = try TemporaryFolder.withTinyModel()
    try folder.writeTwoClasses("cat", "dog\u{1B}[31m")
  }

  private func effnet(_ arguments: [String]) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(arguments: arguments, folder: folder.url)
  }

  /// The arguments of a run of one epoch on one thread, with other options.
  private func train(_ options: String...) throws -> CommandLineTool.Output {
    try effnet(command(options))
  }

  private func command(_ options: [String]) -> [String] {
    let own = Set(options.filter { $0.hasPrefix("--") })
    let standard = [
      ("--weights", weights), ("--epochs", "1"), ("--batch", "8"), ("--threads", "1"),
    ]
    return ["train", "photos"] + standard.filter { !own.contains($0.0) }.flatMap { [$0.0, $0.1] }
      + options
  }

  private func expectFailure(
    _ output: CommandLineTool.Output, status: Int32, _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(output.status == status, "\(output.standardError)", sourceLocation: sourceLocation)
    for word in words {
      #expect(
        output.standardError.contains(word), "\(output.standardError)",
        sourceLocation: sourceLocation)
    }
  }

  @Test(
    "impossible options are refused and leave no folder",
    arguments: [
      (["--epochs", "-1"], "epochs is -1; it must be 1 to 1000000"),
      (["--epochs", "9223372036854775807"], "epochs is 9223372036854775807"),
      (["--accumulate", "9223372036854775807", "--lr", "0.1"], "accumulation is"),
      (["--warm-up", "1e300"], "warm-up is 1e+300 epochs"), (["--warm-up", "5"], "warm-up is 5.0"),
      (["--clip", "inf"], "norm is inf"), (["--weight-decay", "inf"], "weight decay is inf"),
      (["--checkpoint-minutes", "inf"], "--checkpoint-minutes is inf"),
      (["--lr", "inf"], "rate is inf"),
      (["--split", "1"], "--split is 1; it must be at least 0 and below 1"),
      (["--head-epochs", "1"], "head epochs are 1 of 1; they must be fewer than the epochs"),
      (["more.tar"], "or a pattern in quotation marks such as 'shards/*.tar'"),
      (["--resume", "run"], "a resumed run keeps its settings; leave out --weights"),
    ])
  func options(options: [String], words: String) throws {
    expectFailure(try effnet(command(options + ["--output", "run"])), status: 2, words)
    #expect(try folder.names == ["photos", "tiny.safetensors"])
  }

  @Test("a forgotten --from-scratch is named", arguments: ["train", "find-lr"])
  func forgotten(command: String) throws {
    _ = try folder.file("m.json", contents: Architecture.tiny("tiny-silu").json)
    let remedy =
      "start from random weights with --from-scratch, or name a weight file with --weights"
    for (options, words) in [
      (["--model", "m.json"], "m.json has no weights; "),
      (["--model", "b0", "--width", "0.25"], "a network with --width or --depth has no weights; "),
    ] {
      expectFailure(try effnet([command, "photos"] + options), status: 2, words + remedy)
    }
    #expect(try folder.names == ["m.json", "photos", "tiny.safetensors"])
  }

  @Test("--limit-training keeps all validation photos, also of the run that evaluate reads")
  func limitTraining() throws {
    expectFailure(
      try train("--limit-training", "1", "--output", "run"), status: 1,
      "it must be at least 2, to keep photos of all 2 classes (--limit-training)")
    expectFailure(try train("--limit-training", "4", "--output", "run"), status: 0)
    let evaluated = try effnet(["evaluate", "--model", "run", "--threads", "1"])
    #expect(evaluated.standardOutput.hasPrefix("4 photos"), "\(evaluated)")
  }

  @Test("impossible freezing is refused")
  func freezing() throws {
    let unknown = try train("--freeze", "foo")
    expectFailure(unknown, status: 2, "it must be nothing, backbone or backbone:N")
    #expect(unknown.standardError.split(separator: "foo").count == 2)
    expectFailure(
      try train("--freeze", "backbone:99"), status: 2, "--freeze is backbone:99, but ",
      "the number must be 1 to")
    #expect(try runs().isEmpty)
  }

  private func runs() throws -> [String] {
    let path = folder.path("runs/train")
    return (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
  }

  @Test(
    "training that needs more memory than the system has is refused",
    .disabled(if: Sanitizer.isActive, "it limits the addresses"))
  func memory() throws {
    let output = try CommandLineTool.run(
      URL(filePath: "/bin/sh"),
      [
        "-c", "ulimit -v 900000; exec \"$0\" \"$@\"",
        CommandLineTool.buildFolder.appending(path: "effnet").path,
      ] + command(["--resolution", "1024", "--batch", "32", "--output", "run"]), folder: folder.url)
    expectFailure(output, status: 1, "MB of memory", "(--batch")
    #expect(try folder.names == ["photos", "tiny.safetensors"])
  }

  @Test("a training that needs more than three quarters of the available memory is noted")
  func availableMemory() throws {
    func note(_ bytes: Int) throws -> String? {
      try memoryNote(bytes: bytes, available: 400_000_000) { room in
        try smallerBatch(
          .tiny("tiny-silu"), below: 1 << 20, precision: .float32, threads: 1, room: room)
      }
    }
    #expect(try note(300_000_000) == nil)
    let text = try #require(try note(301_000_000))
    #expect(
      text.hasPrefix(
        "training needs 301 MB, more than three quarters of the 400 MB that are available now; "),
      "\(text)")
    let batch = try #require(text.firstMatch(of: /--batch (\d+) fits$/).flatMap { Int($0.1) })
    func bytes(_ batch: Int) throws -> Int {
      try TrainingNetwork.byteCount(
        of: .tiny("tiny-silu"), batch: batch, precision: .float32, threads: 1)
    }
    #expect(try bytes(batch) <= 300_000_000 && bytes(batch + 1) > 300_000_000)
    #expect(memoryNote(bytes: 2, available: 0) { _ in nil }?.hasSuffix("--resolution") == true)
  }

  @Test("--estimate prints the memory of the first line and a time, and leaves no folder")
  func estimate() throws {
    let options = ["--batch", "8", "--epochs", "1"]
    let output = try effnet(command(options + ["--estimate"]))
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.lines.count == 2 && output.lines[1].hasPrefix("1 epoch, about "), "\(output)")
    struct Estimate: Decodable { let memory_bytes, batch, epochs: Int, seconds: Double }
    let json = try effnet(command(options + ["--estimate", "--json"])).json(Estimate.self)
    #expect(json.memory_bytes > 0 && json.batch == 8 && json.epochs == 1 && json.seconds > 0)
    // No batch has more photos than there are.
    let large = try ["500", "1000"].map {
      try effnet(command(["--batch", $0, "--estimate", "--json"]))
    }
    let bytes = try large.map { try $0.json(Estimate.self).memory_bytes }
    #expect(bytes[0] == bytes[1] && bytes[0] > json.memory_bytes)
    #expect(
      large[1].standardError.contains("note: the batch of 1,000 exceeds the "), "\(large[1])")
    // Long enough to see what other programs use.
    struct Load: Decodable { let other_processors: Double }
    let loaded = try effnet([
      "train", "photos", "--model", "b0", "--from-scratch", "--batch", "8", "--estimate", "--json",
    ])
    let isNoted =
      try loaded.json(Load.self).other_processors
      >= 0.1 * Double(ProcessInfo.processInfo.processorCount)
    #expect(loaded.standardError.contains("note: other programs used ") == isNoted, "\(loaded)")
    let cached = try CommandLineTool.effnet(
      arguments: command(options + ["--estimate", "--cache", "disk"]),
      environment: ["EFFNET_CACHE": folder.path("cache")], folder: folder.url)
    #expect(cached.status == 0, "\(cached)")
    #expect(try folder.names == ["photos", "tiny.safetensors"])
    let refused = try effnet(command(options + ["--estimate", "--output", "run"]))
    expectFailure(refused, status: 2, "--estimate is for a new run", "leave out --output")
    let training = try effnet(command(options + ["--output", "run"]))
    // The estimate also has the available memory.
    let line = try #require(output.lines[0].wholeMatch(of: /(.*); \d+ MB are available/))
    #expect(training.standardError.contains(line.1 + "\n"), "\(training)")
    let resumed = try effnet(["train", "--resume", "run", "--batch", "4"])
    expectFailure(
      resumed, status: 2,
      "leave out --batch, or start a new run, from its last weights: --model run/last.safetensors")
    let other = try effnet(["train", "--resume", "run", "--estimate"])
    expectFailure(other, status: 2, "--estimate is for a new run", "leave out --resume")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path("photos/cat")) {
      _ = try folder.file("photos/cat/\(name)", contents: "no photo")
    }
    let broken = try effnet(command(["--estimate", "--broken", "0"]))
    #expect(
      broken.status == 0 && broken.standardError.contains("note: the first steps fail: ")
        && broken.lines.last == "no estimate of the time: the first steps fail", "\(broken)")
  }

  @Test("an evaluation that needs more memory than the system has is refused")
  func evaluationMemory() throws {
    #expect(try train("--output", "run").status == 0)
    let output = try effnet([
      "evaluate", "--run", "run", "--resolution", "2048", "--batch", "1024", "--threads", "1",
    ])
    expectFailure(output, status: 1, "batches of 1024 need", "(--batch")
  }

  @Test(
    "a limit on file sizes is an error and leaves no run",
    .disabled(if: Sanitizer.isActive, "it limits the sizes of files"))
  func fileSizes() throws {
    let output = try CommandLineTool.run(
      URL(filePath: "/bin/sh"),
      [
        "-c", "ulimit -f 20; exec \"$0\" \"$@\"",
        CommandLineTool.buildFolder.appending(path: "effnet").path,
      ] + command(["--output", "run"]), folder: folder.url)
    expectFailure(output, status: 1, "run/checkpoint-0.safetensors: File too large")
    #expect(try folder.names == ["photos", "tiny.safetensors"])
  }

  @Test("folders that are not empty do not change")
  func occupied() throws {
    _ = try folder.make("mine")
    _ = try folder.file("mine/report.html", contents: "mine")
    expectFailure(try train("--output", "mine"), status: 1, "'report.html'; choose another folder")
    #expect(try folder.text("mine/report.html") == "mine")
  }

  @Test("runs that start at the same time get different folders")
  func simultaneous() throws {
    let processes = try (0..<3).map { _ in
      try CommandLineTool.start(command(["--quiet"]), in: folder.url)
    }
    for process in processes { process.waitUntilExit() }
    #expect(processes.allSatisfy { $0.terminationStatus == 0 })
    #expect(try runs().sorted() == ["photos", "photos-2", "photos-3"])
  }

  @Test("broken photos are named, and a run resumes with a higher limit")
  func broken() throws {
    for number in 0..<6 { _ = try folder.file("photos/cat/\(number).png", contents: "no photo") }
    let stopped = try train("--output", "run", "--broken", "3")
    expectFailure(stopped, status: 1, "4 photos cannot be read (the first: photos/cat/")
    #expect(
      stopped.standardError.contains(
        "), but the limit is 3; repair them, or raise the limit, also on resume with --broken\n"))
    let named = stopped.standardError.split(separator: "\n").filter {
      $0.hasPrefix("note: a photo is skipped: photos/cat/")
    }
    #expect(named.count == 4 && Set(named).count == 4)
    let rest = try effnet(["train", "--resume", "run", "--broken", "9", "--threads", "1", "--json"])
    #expect(rest.status == 0 && rest.standardOutput.contains("\"broken\":6"), "\(rest)")
    let whole = try train("--broken", "9")
    #expect(whole.status == 0, "\(whole)")
    #expect(whole.standardOutput.contains("\n6 photos were skipped, because"), "\(whole)")
  }

  /// The paths are relative at first, absolute when the run resumes, and different after a move.
  @Test("broken photos count once in a resumed run, also after a move")
  func brokenOnResume() throws {
    try folder.make("data")
    for part in ["train", "val"] {
      try folder.copy("photos", to: "data/\(part)")
    }
    for photo in ["data/train/cat/0.png", "data/val/cat/1.png", "data/val/cat/2.png"] {
      _ = try folder.file(photo, contents: "no photo")
    }
    // The third photo stops the run in its first validation.
    let options = ["--weights", weights, "--epochs", "2", "--batch", "8", "--threads", "1"]
    let stopped = try effnet(["train", "data", "--output", "run", "--broken", "2"] + options)
    expectFailure(stopped, status: 1, "3 photos cannot be read")
    expectFailure(
      try effnet(["train", "--resume", "run", "--json"]), status: 1, "3 photos cannot be read")
    try folder.move("data", to: "moved")
    let moved = try effnet(["train", "--resume", "run", "--json", "--broken", "3", "--", "moved"])
    #expect(moved.status == 0 && moved.standardOutput.contains("\"broken\":3"), "\(moved)")
    let report = try folder.text("run/report.html").replacing("<wbr>", with: "")
    #expect(report.contains("moved/train/cat/0.png") && !report.contains("data/train/cat/0.png"))
  }

  @Test("patience needs validation photos, and random weights must not be frozen")
  func untrainable() throws {
    expectFailure(
      try train("--split", "0", "--patience", "2"), status: 2,
      "--patience needs validation photos")
    let scratch = try effnet([
      "train", "photos", "--model", "mnasnet-small", "--from-scratch", "--freeze", "backbone",
    ])
    expectFailure(scratch, status: 2, "which cannot be frozen; leave out --freeze")
    #expect(try runs().isEmpty)
  }

  @Test("a run without validation works, in a folder with a space in its name")
  func withoutValidation() throws {
    let output = try train("--split", "0", "--output", "my run")
    #expect(output.status == 0 && !output.standardError.contains("validation:"))
    #expect(output.standardOutput.contains("effnet classify --model 'my run' photo.jpg"))
    expectFailure(
      try effnet(["evaluate", "--run", "my run"]), status: 1, "has no validation photos")
  }

  @Test("runs resume and are evaluated from any folder, with some photos of every class")
  func elsewhere() throws {
    // An unreadable photo stops two runs.
    let photo = folder.url.appending(path: "photos/cat/0.png")
    let picture = try Data(contentsOf: photo)
    try Data("no photo".utf8).write(to: photo)
    for name in ["run", "stopped"] {
      #expect(try train("--output", name, "--broken", "0").status == 1)
    }
    try picture.write(to: photo)
    let run = folder.path("run")
    let resumed = try CommandLineTool.effnet(
      arguments: ["train", "--resume", run], folder: URL(filePath: "/"))
    #expect(resumed.status == 0, "\(resumed.standardError)")
    let evaluated = try effnet(["evaluate", "--model", "run", "--limit", "2", "--threads", "1"])
    #expect(
      evaluated.standardOutput.contains("cat") && evaluated.standardOutput.contains("dog?[31m"))
    #expect(evaluated.standardOutput.hasPrefix("2 photos"))
    try folder.move("photos", to: "moved")
    expectFailure(
      try effnet(["train", "--resume", "stopped"]), status: 1, "photos: No such file",
      "name their new path")
    let moved = try effnet(["train", "--resume", "stopped", "--", "moved"])
    #expect(moved.status == 0, "\(moved.standardError)")
    #expect(try effnet(["evaluate", "--run", "stopped"]).status == 0)
  }

  @Test("an error after Ctrl-C is reported")
  func errorAfterInterruption() throws {
    let errors = try folder.file("errors")
    let process = try CommandLineTool.start(
      command([
        "--epochs", "1000", "--batch", "1", "--resolution", "256", "--accumulate", "24", "--output",
        "run",
      ]), in: folder.url, errors: FileHandle(forWritingTo: errors))
    while !folder.exists("run/config.json"), process.isRunning { usleep(1000) }
    // Nothing is written between the move and the signal.
    kill(process.processIdentifier, SIGSTOP)
    try folder.move("run", to: "gone")
    process.interrupt()
    kill(process.processIdentifier, SIGCONT)
    process.waitUntilExit()
    let text = try String(contentsOf: errors, encoding: .utf8)
    #expect(process.terminationReason == .exit && process.terminationStatus == 1, "\(text)")
    #expect(text.contains("stopping after this step") && text.contains("No such file"), "\(text)")
  }

  @Test("networks that do not take photos are refused")
  func channels() throws {
    var architecture = Architecture.tiny[0]
    architecture.inputChannels = 1
    let network = try folder.file("grey.json", contents: architecture.json).path
    let output = try effnet([
      "train", "photos", "--model", network, "--from-scratch", "--epochs", "1", "--output", "run",
    ])
    expectFailure(output, status: 1, "inputChannels is 1; it must be 3 for photos")
    #expect(try !folder.names.contains("run"))
  }
}

import EfficientNet
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

@Suite("effnet evaluate")
struct EvaluateTests {
  private let bench: Workbench
  private var weights: String { bench.path("net.safetensors") }

  init() throws { bench = try Workbench() }

  private func effnet(_ arguments: [String]) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(arguments: arguments + ["--threads", "1"], folder: bench.folder.url)
  }

  /// Writes a network, and a folder with the same photos in every class: whatever the network
  /// predicts, it is right for one copy of each photo.
  private func write(classes: Int, photos: Int) throws {
    var architecture = try Architecture.tiny("tiny-silu")
    architecture.classes = classes
    let names = (0..<classes).map { "class_\($0)" }
    let description = ModelDescription(
      architecture: architecture,
      preprocessing: Preprocessing(
        resize: 40, crop: 33, interpolation: .bicubic, mean: [127, 127, 127], std: [128, 128, 128]),
      classes: names.map { ClassLabel(name: $0) }, provenance: "the formula")
    try Model(description, weights: Formula.weights(of: architecture)).write(to: weights)
    for name in names {
      let place = bench.folder.url.appending(path: "photos/\(name)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for number in 0..<photos {
        let bytes = (0..<(3 * 22 * 20)).map { UInt8((20 * number + $0 * (number + 3) % 91) % 256) }
        let png = try PixelBuffer(width: 22, height: 20, bytes: bytes).png()
        try Data(png).write(to: place.appending(path: "\(number).png"))
      }
    }
  }

  @Test("few photos have counts, an interval and the wrong ones, and the report is the next step")
  func few() throws {
    try write(classes: 2, photos: 12)
    let output = try effnet(["evaluate", "photos", "--weights", weights])
    #expect(output.status == 0 && output.standardError.isEmpty, "\(output)")
    #expect(output.lines[0].hasPrefix("24 photos, "))
    #expect(output.lines[1] == "top-1  12 of 24 (50.0 %, 95 % interval 31–69 %)")
    for word in ["top-5", "calibration"] { #expect(!output.standardOutput.contains(word)) }
    let table = output.lines.filter { $0.hasPrefix("class_") }
    #expect(table.count == 2 && table.allSatisfy { $0.contains(" of 12 (") }, "\(table)")
    let wrong = output.lines.compactMap {
      $0.wholeMatch(
        of: /wrong: photos\/(\w+)\/\d+\.png, labelled (\w+), predicted (\w+) ([\d.]+) %/)
    }
    #expect(wrong.count == 10 && wrong.allSatisfy { $0.1 == $0.2 && $0.2 != $0.3 }, "\(output)")
    let thresholds = output.lines.drop { !$0.hasPrefix("threshold  photos sorted  wrong photos") }
    #expect(thresholds.dropFirst().first?.wholeMatch(of: /none +24 +12/) != nil, "\(output)")
    #expect(
      thresholds.dropFirst(7).prefix(3) == [
        "to choose --threshold: take the lowest one with no more wrong photos than you accept",
        "it suits this network only; 'label' and other networks need another one",
        "these photos show only your classes; a photo of something else can pass every threshold, "
          + "so look through the sorted folders, too",
      ], "\(output)")
    for word in ["top-1", "loss", "recall", "precision", "F1"] {
      #expect(output.lines.count { $0.hasPrefix("\(word): ") } == 1, "\(word)")
    }
    let sure = wrong.compactMap { Double($0.4) }
    #expect(sure == sure.sorted(by: >))
    #expect(output.lines.contains("… and 2 more (--predictions FILE.csv lists all photos)"))
    let next = "effnet evaluate photos --weights \(weights) --threads 1 --report"
    #expect(output.lines.last == "next: \(next) report.html")
    // The next command replaces no other report.
    _ = try bench.folder.file("report.html", contents: "mine")
    let again = try effnet(["evaluate", "photos", "--weights", weights])
    #expect(again.lines.last == "next: \(next) report-2.html")
  }

  @Test("--against compares two networks photo by photo")
  func against() throws {
    try write(classes: 2, photos: 8)
    // One network always predicts the first class, the other the second.
    for (name, bias) in [("a", [90, 0]), ("b", [0, 90])] as [(String, [Float])] {
      var model = try Model(contentsOf: weights)
      model.weights.tensors["classifier.bias"] = WeightTensor(shape: [2], elements: bias)
      try model.write(to: bench.path("\(name).safetensors"))
    }
    for number in 1..<8 { try bench.folder.remove("photos/class_1/\(number).png") }
    let start = ["evaluate", "photos", "--model", "a.safetensors", "--against"]
    let output = try effnet(start + ["b.safetensors"])
    #expect(output.status == 0 && output.standardError.isEmpty, "\(output)")
    #expect(
      output.standardOutput.contains(
        """
        against b.safetensors: 1 of 9 (11.1 %, 95 % interval 2–43 %)
        8 photos are right only with a.safetensors, 1 only with b.safetensors; by McNemar's exact test p is 0.039
        a.safetensors is better: p is below 0.05; this compares two trained networks, not their recipes: another seed may reverse the order; to compare recipes, train each with several seeds (train --seed) and compare the means of their top-1 ('effnet runs' has it)

        """), "\(output)")
    struct Summary: Decodable {
      struct Other: Decodable {
        let model: String, better: String?
        let images, top1_count, only_first, only_this: Int
        let p: Double
      }
      let against: Other
    }
    let reported = try effnet(start + ["b.safetensors", "--report", "page.html"])
    #expect(!reported.standardOutput.contains("next: "), "\(reported)")
    let page = try bench.folder.text("page.html")
    #expect(
      MarkupChecker(page).complaints.isEmpty && page.contains("<dt>against b.safetensors</dt>"))
    #expect(page.contains("test p is 0.039. Verdict: a.safetensors is better: p is below 0.05; "))
    let same = try effnet(start + ["a.safetensors", "--json"]).json(Summary.self).against
    #expect(same.better == nil && same.p == 1 && same.images == 9 && same.top1_count == 8)
    #expect(same.only_first == 0 && same.only_this == 0)
    var other = try Model(contentsOf: weights)
    other.description.classes.reverse()
    try other.write(to: bench.path("other.safetensors"))
    let refused = try effnet(start + ["other.safetensors"])
    #expect(refused.status == 2, "\(refused)")
    #expect(refused.standardError.contains("--against other.safetensors has other classes, or in "))
  }

  @Test("--crop is taken for a network that does not record it")
  func crop() throws {
    try write(classes: 2, photos: 2)
    let whole = try effnet(["evaluate", "photos", "--model", weights, "--crop", "1", "--json"])
    #expect(whole.status == 0, "\(whole)")
    // The photos are resized to the 33 pixels of the network, instead of 40.
    let own = try effnet(["evaluate", "photos", "--model", weights, "--json"])
    func loss(_ output: CommandLineTool.Output) throws -> Double {
      struct Summary: Decodable { let loss: Double }
      return try output.json(Summary.self).loss
    }
    #expect(try loss(whole) != loss(own))
  }

  @Test("--labels is suggested for unknown classes, and takes a pipe")
  func labels() throws {
    try write(classes: 2, photos: 6)
    for name in ["cat", "dog"].enumerated() {
      try bench.folder.move("photos/class_\(name.offset)", to: "photos/\(name.element)")
    }
    let unknown = try effnet(["evaluate", "photos", "--weights", weights])
    #expect(unknown.status == 1)
    #expect(
      unknown.standardError.contains(
        "photos: the network knows none of these photos' classes, such as 'cat'; it knows "
          + "'class_0', 'class_1'; the folders of the photos need these names: rename them, or give "
          + "the network's classes other names with --labels, one per line; for unsorted photos "
          + "use 'effnet classify'\n"), "\(unknown)")
    let tool = CommandLineTool.buildFolder.appending(path: "effnet").path
    let piped = try CommandLineTool.run(
      URL(filePath: "/bin/bash"),
      ["-c", "'\(tool)' evaluate photos --weights net.safetensors --labels <(ls photos)"],
      folder: bench.folder.url)
    #expect(piped.status == 0 && piped.lines[0].hasPrefix("12 photos, "), "\(piped)")
  }

  @Test("more than five classes have a top-5, and a hundred photos a calibration error")
  func many() throws {
    try write(classes: 7, photos: 15)
    let output = try effnet(["evaluate", "photos", "--weights", weights, "--report", "page.html"])
    #expect(output.status == 0, "\(output)")
    for line in [
      "top-1              15 of 105 (14.3 %, 95 % interval 8.9–22.2 %)",
      "top-5              75 of 105 (71.4 %, 95 % interval 62.2–79.2 %)",
    ] {
      #expect(output.standardOutput.contains("\(line)\n"), "\(output.standardOutput)")
    }
    #expect(output.lines.contains { $0.hasPrefix("calibration error  ") })
    #expect(!output.standardOutput.contains("next: "))
    let page = try bench.folder.text("page.html")
    #expect(MarkupChecker(page).complaints.isEmpty && page.contains("right for 15 of 105 photos"))
  }

  @Test("--predictions lists every photo in order, with the errors of unreadable ones")
  func predictions() throws {
    try write(classes: 2, photos: 12)
    _ = try bench.folder.file("photos/class_0/a, b.png", contents: "no photo")
    let output = try effnet([
      "evaluate", "photos", "--weights", weights, "--predictions", "all.csv",
    ])
    #expect(output.status == 1 && output.lines[0].contains("; 1 other photo could not be read"))
    #expect(output.standardError.hasPrefix("effnet: photos/class_0/a, b.png"))
    #expect(output.lines.contains("… and 2 more in all.csv"))
    let text = try bench.folder.text("all.csv")
    let rows = text.split(separator: "\n").dropFirst()
    #expect(text.hasPrefix("path,truth,prediction,probability,right,error\n") && rows.count == 25)
    let whole = /photos\/(class_\d)\/\d+\.png,(class_\d),(class_\d),(0\.\d+|1\.0),(true|false),/
    let read = rows.compactMap { $0.wholeMatch(of: whole) }
    #expect(read.count == 24, "\(text)")
    #expect(read.allSatisfy { $0.1 == $0.2 && ($0.2 == $0.3) == ($0.5 == "true") })
    #expect(read.count { $0.5 == "true" } == 12)
    let unread = rows.filter { $0.hasPrefix("\"photos/class_0/a, b.png\",class_0,,,,") }
    let error = ",,,,\"is not a JPEG, PNG or WebP picture\""
    #expect(unread.count == 1 && unread[0].hasSuffix(error), "\(text)")
    #expect(rows.prefix(13).allSatisfy { $0.contains("class_0/") }, "\(text)")
    let json = try effnet([
      "evaluate", "photos", "--weights", weights, "--predictions", "again.csv", "--json",
    ])
    #expect(json.lines.count == 1 && json.standardOutput.contains("\"top1_count\":12"))
    #expect(json.standardOutput.contains("\"broken\":1,"))
    #expect(try bench.folder.text("again.csv") == text)
  }

  @Test("after Ctrl-C, --predictions keeps the finished rows")
  func interruption() throws {
    try write(classes: 2, photos: 2)
    // The errors between the first photo and the next fill the pipe, so that effnet waits for the
    // signal.
    let ending = String(repeating: "x", count: 200) + ".png"
    for number in 0..<500 {
      _ = try bench.folder.file("photos/class_0/00-\(number)\(ending)", contents: "no photo")
    }
    let effnet = CommandLineTool.buildFolder.appending(path: "effnet").path
    let output = try CommandLineTool.run(
      URL(filePath: "/bin/bash"),
      [
        "-c",
        """
        mkfifo pipe
        "$@" 2> pipe &
        exec 3< pipe
        IFS= read -r line <&3
        kill -INT $!
        { printf '%s\\n' "$line"; cat <&3; } >&2
        wait $!
        """, "bash", effnet, "evaluate", "photos", "--weights", weights, "--threads", "1",
        "--batch", "1", "--predictions", "all.csv", "--report", "page.html",
      ], folder: bench.folder.url)
    #expect(output.status == 130 && output.standardOutput.isEmpty)
    let names = try bench.folder.names
    #expect(names.contains("all.csv.partial"))
    #expect(!names.contains("all.csv") && !names.contains("page.html"))
    #expect(
      output.standardError.hasSuffix(
        "stopped after 502 of 504 photos; all.csv.partial has their rows, all.csv was not written\n"
      ), "\(output.standardError.suffix(300))")
    let rows = try bench.folder.text("all.csv.partial").split(separator: "\n")
    #expect(rows.count == 503)
    #expect(rows[0] == "path,truth,prediction,probability,right,error")
    #expect(rows.count { $0.hasSuffix(",\"is not a JPEG, PNG or WebP picture\"") } == 500)
  }

  @Test("no output replaces a file of the run that has the weights, by any of its names")
  func runStays() throws {
    try write(classes: 2, photos: 1)
    let run = bench.path("run")
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: false)
    for name in ["best", "last", "checkpoint-7"] {
      try FileManager.default.copyItem(atPath: weights, toPath: "\(run)/\(name).safetensors")
    }
    for name in ["config.json", "log.csv"] {
      _ = try bench.folder.file("run/\(name)", contents: "{}")
    }
    let photos = bench.path("photos")
    for name in [
      "last.safetensors", "checkpoint-7.safetensors", "best.safetensors", "log.csv", "config.json",
      // It does not exist yet.
      "result.json",
    ] {
      for source in [run, "\(run)/last.safetensors"] {
        try bench.expectFailure(
          ["evaluate", photos, "--weights", source, "--predictions", "\(run)/\(name)"], status: 2,
          "would replace the input \(run)/\(name)")
      }
      try bench.expectFailure(
        ["classify", photos, "--weights", run, "--csv", "\(run)/\(name)"], status: 2,
        "would replace the input \(run)/\(name)")
    }
    try bench.expectFailure(
      ["convert", run, "\(run)/last.safetensors"], status: 2, "would replace the input")
    #expect(
      try bench.run([
        "evaluate", photos, "--weights", run, "--predictions", "\(run)/all.csv", "--threads", "1",
      ]).status == 0)
  }

  @Test("outputs that would replace an input, or are no page, are refused")
  func refused() throws {
    try write(classes: 2, photos: 1)
    let photos = bench.path("photos")
    let photo = "\(photos)/class_0/0.png"
    try FileManager.default.createSymbolicLink(
      atPath: bench.path("link.html"), withDestinationPath: photo)
    try FileManager.default.createSymbolicLink(atPath: bench.path("here"), withDestinationPath: ".")
    let (page, written) = (bench.path("a.html"), bench.path("written.html"))
    _ = try bench.folder.file("written.html", contents: "mine")
    try FileManager.default.linkItem(atPath: written, toPath: bench.path("hard.csv"))
    let command = ["evaluate", photos, "--weights", weights]
    for (options, words) in [
      (["--predictions", photo], "--predictions \(photo) would replace the input"),
      (["--predictions", weights], "would replace the input"),
      (["--report", bench.path("link.html")], "would replace the input"),
      (["--report", "x.txt"], "--report is x.txt; a report is a page, its name must end in .html"),
      (["--predictions", "-"], "--predictions needs the name of a file"),
      (["--report", page, "--predictions", page], "--report and --predictions are the same file"),
      (["--report", page, "--predictions", "\(photos)/../a.html"], "are the same file, \(page)"),
      (["--report", page, "--predictions", bench.path("here/a.html")], "are the same file"),
      (["--report", written, "--predictions", bench.path("hard.csv")], "are the same file"),
    ] {
      try bench.expectFailure(command + options, status: 2, words)
    }
    for option in ["--predictions", "--report"] {
      try bench.expectFailure(
        command + [option, bench.path("missing/x.html")], status: 1, "missing/x.html")
    }
    try bench.expectFailure(
      command + ["--limit", "1"], status: 1,
      "the limit is 1 photo; it must be at least 2, to keep photos of all 2 classes (--limit)")
  }

  @Test("the next command keeps the options, quoted for a shell")
  func nextCommand() {
    #expect(
      commandLine(
        ["evaluate", "my photos", "--batch", "2", "--", "x"], adding: ["--report", "r.html"])
        == "effnet evaluate 'my photos' --batch 2 --report r.html -- x")
  }

  @Test("train tells how many validation photos are right, and so does inspect")
  func training() throws {
    try bench.folder.writeTwoShades("photos")
    try writeTinyModel(to: weights)
    let output = try effnet([
      "train", "photos", "--weights", weights, "--epochs", "1", "--batch", "8", "--output", "run",
    ])
    #expect(output.status == 0, "\(output)")
    #expect(output.standardError.contains("16 photos to train on, 4 to validate on, "))
    #expect(
      output.standardError.contains(/validation: loss [\d.]+, top-1 \d of 4 \([\d.]+ %\);/),
      "\(output.standardError)")
    let best = try #require(
      output.standardOutput.firstMatch(
        of: /best epoch 1: top-1 (\d of 4 \([\d.]+ %), 95 % interval \d+–\d+ %\),/))
    #expect(
      output.standardOutput.contains(
        "\nof 4 photos that it did not train on, the best epoch got \(best.1.prefix(1)) right\n"))
    // The words are explained before the first epoch.
    #expect(
      output.standardError.contains(
        " MB of memory; classes: dark, light\nepoch: one pass over the photos to train on; "
          + "validation: a test on the other photos\ntop-1: the share of photos that are right; loss: 0 is perfect, mistakes raise "
          + "it\nlabel smoothing keeps the training loss above 0.19, also if all photos are right\n"
          + "epoch 1: "), "\(output)")
    let isPerfect = best.1.hasPrefix("4")
    let found =
      isPerfect
      ? "0 of 4 validation photos are wrong; more numbers" : "which validation photos are wrong"
    #expect(
      output.standardOutput.hasSuffix(
        "photo.jpg\n\(found): "
          + "effnet evaluate --model run\ncompare with 'label', which needs no training and lists "
          + "photos that may be in the wrong folder: effnet label --examples photos\n"), "\(output)"
    )
    // Of many training photos, 'label' leaves out each in turn, which takes long.
    #expect(TrainCommand.recommendsLabel(training: 999, validation: 99))
    #expect(!TrainCommand.recommendsLabel(training: 1000, validation: 99))
    #expect(!TrainCommand.recommendsLabel(training: 999, validation: 100))
    let inspected = try CommandLineTool.effnet("inspect", bench.path("run/best.safetensors"))
    #expect(inspected.standardOutput.contains("epoch 1, validation top-1 \(best.1))\n"))
    // The run's own photos have the path that 'train' was given.
    let own = try effnet(["evaluate", "--model", "run", "--predictions", "own.csv"])
    #expect(own.status == 0, "\(own)")
    #expect(own.lines.contains("0 of 4 photos are wrong") == isPerfect, "\(own)")
    #expect(
      own.lines.contains {
        $0.hasPrefix("after you move a photo to another folder, train again: ")
      } != isPerfect, "\(own)")
    let rows = try bench.folder.text("own.csv").split(separator: "\n").dropFirst()
    #expect(rows.count == 4 && rows.allSatisfy { $0.hasPrefix("photos/") }, "\(rows)")
    let file = bench.path("photos/new.png")
    try FileManager.default.copyItem(atPath: bench.path("photos/dark/1.png"), toPath: file)
    try FileManager.default.moveItem(atPath: file, toPath: bench.path("photos/dark/new.png"))
    let changed = try effnet(["evaluate", "--model", "run"])
    #expect(changed.status == 1, "\(changed)")
    #expect(
      changed.standardError.contains(
        "; to evaluate on photos that did not train the network: effnet evaluate FOLDER --model "
          + "run; to train on the photos that are there now: effnet train photos ("), "\(changed)")
    try bench.folder.remove("photos/dark/new.png")
    let json = try effnet([
      "train", "photos", "--weights", weights, "--epochs", "1", "--batch", "8", "--json",
    ])
    for text in ["\"images\":4", "\"top1_count\":\(best.1.prefix(1)),", "\"top1_interval\":["] {
      #expect(json.standardOutput.contains(text), "\(json)")
    }
  }
}

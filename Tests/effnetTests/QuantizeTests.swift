import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetQuantization
@testable import effnet

@Suite("effnet quantize")
struct QuantizeTests {
  private let bench: Workbench

  init() throws {
    bench = try Workbench()
    try bench.folder.writeTwoShades("shades")
  }

  private func effnet(_ arguments: String...) throws -> CommandLineTool.Output {
    try CommandLineTool.effnet(arguments: arguments, folder: bench.folder.url)
  }

  /// Writes a network of two classes.
  private func write(
    _ name: String, classes: [String] = ["dark", "light"], resolution: Int = 35,
    provenance: String = "a test", _ change: (inout [String: WeightTensor]) -> Void
  ) throws {
    var architecture = try Architecture.tiny("tiny-fused")
    (architecture.classes, architecture.resolution) = (2, resolution)
    var model = try Model(
      untrained: Formula.model(architecture).description,
      classes: classes.map { ClassLabel(name: $0) }, seed: 0)
    model.description.provenance = provenance
    change(&model.weights.tensors)
    try model.write(to: bench.path(name))
  }

  /// Writes a network that always predicts "light".
  private func writeSteady(_ name: String = "net.safetensors") throws {
    try write(name) { $0["classifier.bias"] = WeightTensor(shape: [2], elements: [0, 90]) }
  }

  /// Writes a network whose classes differ only by weights that int8 rounds to 0. The features are
  /// not negative, so the second class is more probable before the rounding; after it, the first of
  /// two equal classes counts.
  private func writeUndecided() throws {
    try write("net.safetensors") { tensors in
      let count = (tensors["classifier.weight"]?.count ?? 0) / 2
      let first: [Float] = [1] + Array(repeating: 0, count: count - 1)
      let second: [Float] = [1] + Array(repeating: 0.001, count: count - 1)
      tensors["classifier.weight"] = WeightTensor(shape: [2, count], elements: first + second)
      tensors["classifier.bias"] = WeightTensor(shape: [2], elements: [0, 0])
    }
  }

  @Test("reports, then saves a file that other commands compute in int8")
  func saves() throws {
    try writeSteady()
    let output = try effnet(
      "quantize", "net.safetensors", "--calibrate", "shades", "-o", "int8.safetensors", "--quiet")
    #expect(output.status == 0)
    // On a busy machine, a third note may say that int8 is not faster.
    #expect(
      output.standardError.hasPrefix(
        "note: only 15 photos calibrate the network; with fewer than 100 the ranges are "
          + "uncertain\n"
          + "note: only 5 photos compare the networks, so the agreement is uncertain\n"))
    #expect(!output.standardError.contains("effnet: "))
    let text = output.standardOutput
    #expect(output.lines.count { $0.hasPrefix("blocks.") } == 8, "\(text)")
    for line in [
      "calibrated with 15 photos, compared on 5 others",
      "same class as the original: 5 of 5 (100.0 %, 95 % interval 57–100 %)",
      "top-1 before: 3 of 5 (60.0 %, 95 % interval 23–88 %)",
      "top-1 in int8: 3 of 5 (60.0 %, 95 % interval 23–88 %)", "saved: int8.safetensors",
      "next: effnet classify photo.jpg --model int8.safetensors",
    ] { #expect(output.lines.contains { $0 == line }, "\(line): \(text)") }
    // The norms and scales, which stay floats, are many numbers of a tiny network.
    let sizes = try ["int8.safetensors", "net.safetensors"].map { try bench.folder.bytes($0).count }
    #expect(10 * sizes[0] < 4 * sizes[1], "\(sizes)")

    let again = try effnet(
      "quantize", "net.safetensors", "--calibrate", "shades", "-o", "again.safetensors",
      "--threads", "1")
    #expect(again.status == 0)
    #expect(
      try bench.folder.bytes("again.safetensors") == bench.folder.bytes("int8.safetensors"))

    let benchmark = try effnet("benchmark", "--weights", "int8.safetensors", "--rounds", "1")
    #expect(benchmark.standardOutput.contains(", int8, "), "\(benchmark)")
    let floats = try effnet("classify", "shades", "--weights", "net.safetensors", "--quiet")
    for precision in [[], ["--precision", "int8"], ["--precision", "fp32"]] {
      let classified = try CommandLineTool.effnet(
        arguments: ["classify", "shades", "--weights", "int8.safetensors", "--quiet"] + precision,
        folder: bench.folder.url)
      #expect(classified.standardOutput == floats.standardOutput, "\(precision)")
    }
    let inspected = try effnet("inspect", "int8.safetensors")
    #expect(inspected.lines.contains("int8: calibrated with 15 photos, ranges by mse"))
    let plan = try effnet("summary", "--weights", "int8.safetensors", "--plan", "--threads", "1")
    #expect(plan.lines[0].hasSuffix(", int8"), "\(plan)")
  }

  @Test("--json has the numbers, and --report writes a page; without --output nothing is saved")
  func reports() throws {
    try writeSteady()
    struct Result: Decodable {
      struct Block: Decodable { let layer: String, signal_to_noise: Double }
      let model: String, output: String?, is_saved: Bool
      let calibration_images, images, broken, agreement_count, labelled, bytes, bytes_before: Int
      let threads: Int, agreement, divergence, top1, top1_before: Double
      let agreement_interval, top1_interval, top1_interval_before: [Double]
      let median_ms, median_ms_before: Double
      let blocks: [Block]
    }
    let output = try effnet(
      "quantize", "net.safetensors", "--calibrate", "shades", "--report", "page.html", "--json",
      "--threads", "1")
    let result = try output.json(Result.self)
    #expect(output.status == 0 && result.output == nil && !result.is_saved)
    #expect(result.model == "tiny-fused" && result.calibration_images == 15 && result.images == 5)
    #expect(result.agreement == 1 && result.labelled == 5 && result.top1 == 0.6)
    #expect(10 * result.bytes < 4 * result.bytes_before && result.median_ms > 0)
    #expect(result.blocks.count == 9 && result.blocks.allSatisfy { $0.signal_to_noise > 15 })
    let page = try bench.folder.text("page.html")
    #expect(MarkupChecker(page).complaints.isEmpty)
    for words in [
      "tiny-<wbr>fused in int8", "<dt>agreement</dt>", "<dt>top-1 in int8</dt>",
      "with fewer than 100 the ranges are uncertain", "blocks.3.1.conv_pwl",
      "effnet quantize net.safetensors --calibrate shades",
    ] { #expect(page.contains(words), "\(words)") }
    #expect(try bench.folder.names == ["net.safetensors", "page.html", "shades"])
    _ = try effnet(
      "quantize", "net.safetensors", "--calibrate", "shades", "-o", "int8.safetensors")
    #expect(try bench.folder.bytes("int8.safetensors").count == result.bytes)
    try bench.folder.remove("int8.safetensors")
    let text = try effnet("quantize", "net.safetensors", "--calibrate", "shades", "--quiet")
    #expect(text.lines.last?.hasSuffix("--quiet --output int8.safetensors") == true, "\(text)")
  }

  @Test("below 90 % agreement the network is saved only with --force")
  func disagreement() throws {
    try writeUndecided()
    let words = ["quantize", "net.safetensors", "--calibrate", "shades", "-o", "int8.safetensors"]
    let refused = try CommandLineTool.effnet(
      arguments: words + ["--quiet", "--report", "page.html"], folder: bench.folder.url)
    #expect(try bench.folder.text("page.html").contains("the network was not saved"))
    #expect(refused.status == 1 && !bench.folder.exists("int8.safetensors"))
    #expect(refused.standardOutput.contains("same class as the original: 0 of 5 (0.0 %"))
    for words in [
      "effnet: the int8 network was not saved: it agrees with the original on only 0 of 5 (0.0 %, "
        + "95 % interval 0–43 %); the divergence is small (",
      " nats), so the classes of this network are nearly tied; train it longer, or save it with "
        + "--force\n",
    ] { #expect(refused.standardError.contains(words), "\(refused.standardError)") }
    let forced = try CommandLineTool.effnet(
      arguments: words + ["--force"], folder: bench.folder.url)
    #expect(forced.status == 0 && bench.folder.exists("int8.safetensors"))
    // Without --output, the suggested command is one that saves.
    try bench.folder.remove("int8.safetensors")
    for (options, suggested) in [
      ([], "--output int8.safetensors --force"),
      (["--force"], "--force --output int8.safetensors"),
    ] {
      let report = try CommandLineTool.effnet(
        arguments: words.dropLast(2) + options, folder: bench.folder.url)
      #expect(report.status == 0)
      #expect(
        report.lines.suffix(2) == [
          "the agreement is below 90 %, so only --force saves the network",
          "next: effnet quantize net.safetensors --calibrate shades \(suggested)",
        ])
      #expect(
        report.standardError.contains("note: --force saves nothing without --output\n")
          == !options.isEmpty)
    }
  }

  @Test("a refusal names remedies that can be followed")
  func refusals() throws {
    func refusal(_ after: [Float], unused: Int) throws -> String {
      var report = QuantizationReport(.softmax)
      report.add([0.01, 0], after, label: nil)
      return try result(report, unused: unused).refusal
    }
    let start = "it agrees with the original on only 0 of 1 (0.0 %, 95 % interval 0–79 %); "
    let tie =
      "the divergence is small (0.000050 nats), so the classes of this network are nearly tied; "
    #expect(
      try refusal([0, 0.01], unused: 0)
        == "\(start)\(tie)train it longer, or save it with --force")
    #expect(
      try refusal([0, 0.01], unused: 12)
        == "\(start)\(tie)train it longer, raise --limit, which left out 12 photos, or save it with "
        + "--force")
    #expect(
      try refusal([0, 9], unused: 1)
        == "\(start)raise --limit, which left out 1 photo, or save it with --force")
    #expect(
      try refusal([0, 9], unused: 0)
        == "\(start)calibrate with more photos, like those that the network will see, or save it "
        + "with --force")
  }

  @Test("a gain is not a negative loss")
  func gain() throws {
    var report = QuantizationReport(.softmax)
    report.add([0, 1], [1, 0], label: 0)
    #expect(
      try result(report, maxDrop: 2).lines
        .contains("gained: 100.00 points of top-1 (--max-drop 2)"))
    report.add([1, 0], [0, 1], label: 0)
    #expect(
      try result(report, maxDrop: 2).lines.contains("lost: 0.00 points of top-1 (--max-drop 2)"))
  }

  /// The result of a network of 4 MB, which int8 makes smaller and faster.
  private func result(
    _ report: QuantizationReport, maxDrop: Double? = nil, unused: Int = 0
  ) throws -> QuantizationResult {
    let cost = QuantizationCost(
      bytesBefore: 4_000_000, bytes: 1_000_000, before: 2, after: 1, threads: 1)
    return QuantizationResult(
      report: report, cost: cost, maxDrop: maxDrop, floats: [],
      model: try Formula.model(.tiny("tiny-fused")).description, output: "int8.safetensors",
      calibrating: 3, unused: unused, broken: [])
  }

  @Test(
    "an output that cannot be written loses neither the report nor the other file",
    .disabled(if: Sanitizer.isActive, "it limits the sizes of files"))
  func fileSizes() throws {
    // The text is in the file, but not in the page.
    try write("net.safetensors", provenance: String(repeating: "x", count: 1_000_000)) {
      $0["classifier.bias"] = WeightTensor(shape: [2], elements: [0, 90])
    }
    func limited(_ options: String...) throws -> CommandLineTool.Output {
      try CommandLineTool.run(
        URL(filePath: "/bin/sh"),
        [
          "-c", "ulimit -f 200; exec \"$0\" \"$@\"",
          CommandLineTool.buildFolder.appending(path: "effnet").path, "quantize",
          "net.safetensors", "--calibrate", "shades", "-o", "int8.safetensors", "--quiet",
        ] + options, folder: bench.folder.url)
    }
    let output = try limited("--report", "page.html")
    #expect(output.status == 1 && !bench.folder.exists("int8.safetensors"), "\(output)")
    #expect(output.lines.contains { $0.hasPrefix("same class as the original: 5 of 5 ") })
    #expect(output.lines.last == "report: page.html")
    #expect(output.standardError.hasSuffix("effnet: int8.safetensors: File too large\n"))
    #expect(
      try bench.folder.text("page.html").contains("the network was not saved: "))
    #expect(
      output.standardError.contains("note: int8 does not make this network smaller (2"),
      "\(output.standardError)")
    struct Failed: Decodable { let is_saved: Bool, agreement_count: Int, error, kind: String }
    let json = try limited("--json")
    let result = try json.json(Failed.self)
    #expect(json.status == 1 && !result.is_saved && result.agreement_count == 5)
    #expect(result.error == "int8.safetensors: File too large" && result.kind == "file")
  }

  @Test("outputs that are not finite name the photo and the weight file")
  func notFinite() throws {
    // The outputs of the stem are finite, those of the next layer are not.
    try write("large.safetensors") {
      $0["bn1.bias"] = WeightTensor(shape: [10], elements: Array(repeating: 3e38, count: 10))
    }
    let words =
      ": the outputs of large.safetensors are not finite numbers; are its weights damaged?\n"
    for arguments in [
      ["classify", "shades"], ["evaluate", "shades"], ["embed", "shades", "-o", "x.npz"],
      ["explain", "shades/dark/1.png"], ["explain", "shades/dark/1.png", "--measure"],
      ["label", "--examples", "shades"], ["duplicates", "shades"],
      ["similar", "shades/dark/1.png", "--among", "shades"],
    ] {
      let output = try CommandLineTool.effnet(
        arguments: arguments + ["--weights", "large.safetensors"], folder: bench.folder.url)
      let error = output.standardError
      #expect(output.status == 1, "\(arguments): \(error)")
      #expect(
        error.contains("effnet: shades/dark/") && error.contains(words), "\(arguments): \(error)")
      #expect(!error.contains("be read") && !error.contains("nan"), "\(arguments): \(error)")
      if arguments[0] == "classify" { #expect(error.contains("s (20 without finite outputs), ")) }
    }
    let output = try effnet("quantize", "large.safetensors", "--calibrate", "shades")
    let error = output.standardError
    #expect(
      error.contains("effnet: large.safetensors: the outputs of the layer blocks.0.0.")
        && error.hasSuffix(" are not finite numbers; are the weights damaged?\n"), "\(error)")
  }

  @Test("one photo, or only copies of one, is an error that says so")
  func copies() throws {
    try writeSteady()
    try bench.folder.make("one")
    let photo = try bench.folder.bytes("shades/dark/1.png")
    for count in 1...2 {
      try bench.folder.write(photo, "one/\(count).png")
      let output = try effnet("quantize", "net.safetensors", "--calibrate", "one")
      #expect(output.status == 1)
      #expect(
        output.standardError.contains(
          "effnet: one gives \(count == 1 ? "1 photo" : "2 photos"), and none is left to compare the "
            + "networks; copies with the same bytes count once, so it takes at least two different"),
        "\(output)")
    }
  }

  @Test("--max-drop keeps the blocks in floats that cost most, and other commands run the file")
  func maxDrop() throws {
    struct Result: Decodable {
      struct Block: Decodable, Equatable { let block: String, divergence: Double }
      let max_drop: Double?, drop: Double, drop_of: String, floats: [Block], is_saved: Bool
    }
    try writeUndecided()
    let words = ["quantize", "net.safetensors", "--calibrate", "shades", "--quiet"]
    func effnet(_ options: String...) throws -> CommandLineTool.Output {
      try CommandLineTool.effnet(arguments: words + options, folder: bench.folder.url)
    }
    // Only the rounding of the classifier changes the class: 3 of 5 photos are then wrong.
    let output = try effnet("-o", "mixed.safetensors", "--max-drop", "0", "--report", "page.html")
    #expect(output.status == 0, "\(output)")
    let text = output.standardOutput
    #expect(
      text.contains("in 32-bit floats  divergence if rounded alone, nats\nclassifier  "), "\(text)")
    #expect(
      output.lines.contains(
        "same class as the original: 5 of 5 (100.0 %, 95 % interval 57–100 %)"), "\(text)")
    #expect(output.lines.contains("lost: 0.00 points of top-1 (--max-drop 0)"), "\(text)")
    let page = try bench.folder.text("page.html")
    #expect(MarkupChecker(page).complaints.isEmpty)
    #expect(page.contains("<h2>Blocks in 32-bit floats</h2>"))

    let one = try effnet("-o", "again.safetensors", "--max-drop", "0", "--threads", "1", "--json")
    let result = try one.json(Result.self)
    #expect(result.floats.map(\.block) == ["classifier"] && result.is_saved)
    #expect(result.max_drop == 0 && result.drop == 0 && result.drop_of == "top1")
    #expect(
      try bench.folder.bytes("again.safetensors") == bench.folder.bytes("mixed.safetensors"))

    let inspected = try self.effnet("inspect", "mixed.safetensors")
    #expect(inspected.lines.contains("in 32-bit floats: classifier"), "\(inspected)")
    for arguments in [
      ["classify", "shades"], ["summary", "--plan"], ["benchmark", "--rounds", "1"],
      ["embed", "shades", "-o", "x.npz"],
      ["explain", "shades/dark/1.png"], ["evaluate", "shades"],
      ["quantize", "--calibrate", "shades"],
    ] {
      let output = try CommandLineTool.effnet(
        arguments: arguments + ["--weights", "mixed.safetensors"], folder: bench.folder.url)
      #expect(output.status == (arguments[0] == "quantize" ? 1 : 0), "\(arguments): \(output)")
    }

    // A limit that holds changes nothing.
    let loose = try effnet("-o", "loose.safetensors", "--max-drop", "100", "--force", "--json")
    let kept = try loose.json(Result.self)
    #expect(kept.floats.isEmpty && kept.drop > 0 && kept.max_drop == 100)
    _ = try effnet("-o", "plain.safetensors", "--force")
    #expect(
      try bench.folder.bytes("loose.safetensors") == bench.folder.bytes("plain.safetensors"))
  }

  @Test("without labels, --max-drop limits the share of photos whose class changes")
  func maxDropWithoutLabels() throws {
    try writeUndecided()
    try bench.folder.writePhotos("photos", 0..<10, 20, width: 22, height: 20, period: 91)
    let output = try effnet(
      "quantize", "net.safetensors", "--calibrate", "photos", "--max-drop", "5", "--quiet")
    #expect(output.status == 0, "\(output)")
    #expect(output.standardOutput.contains("\nclassifier  "), "\(output)")
    #expect(
      output.lines.contains(
        "lost: at most 0.00 points, the photos whose class changes; without labels, the loss of "
          + "accuracy is not known (--max-drop 5)"), "\(output)")
    #expect(
      output.standardError.contains(
        "note: one of 2 photos is 50.00 points, so --max-drop 5 allows no loss at all"),
      "\(output)")
  }

  @Test("photos without usable labels and unreadable photos have a note")
  func photos() throws {
    try write("net.safetensors", classes: ["cat", "dog"]) {
      $0["classifier.bias"] = WeightTensor(shape: [2], elements: [0, 90])
    }
    _ = try bench.folder.file("shades/dark/0.png", contents: "no picture")
    let output = try effnet(
      "quantize", "net.safetensors", "--calibrate", "shades", "-o", "int8.safetensors", "--quiet")
    #expect(output.status == 1 && bench.folder.exists("int8.safetensors"))
    #expect(!output.standardOutput.contains("top-1"))
    #expect(
      output.lines.contains(
        "calibrated with 14 photos, compared on 5 others; 1 could not be read"), "\(output)")
    for words in [
      "note: the report has no accuracy, because the labels are not usable: shades: the network knows",
      "effnet: shades/dark/0.png is not a JPEG, PNG or WebP picture",
      "note: only 14 photos calibrate the network",
    ] { #expect(output.standardError.contains(words), "\(output.standardError)") }
  }

  @Test("an output that is a folder or a pipe is refused, and so is a folder without photos")
  func wrongPaths() throws {
    try writeSteady()
    for name in ["folder.safetensors", "folder.html", "empty"] { try bench.folder.make(name) }
    #expect(mkfifo(bench.path("pipe.safetensors"), 0o600) == 0)
    for (options, status, words) in [
      (["shades", "-o", "folder.safetensors"], 2, "folder.safetensors/int8.safetensors"),
      (["shades", "--report", "folder.html"], 2, "folder.html/report.html"),
      (["shades", "-o", "pipe.safetensors"], 2, "which is a pipe or a device; name a file"),
      (["empty"], 1, "effnet: empty has no photos (.jpg, .png or .webp files)\n"),
    ] as [([String], Int32, String)] {
      let output = try CommandLineTool.effnet(
        arguments: ["quantize", "net.safetensors", "--calibrate"] + options,
        folder: bench.folder.url)
      #expect(output.status == status && output.standardError.contains(words), "\(output)")
    }
  }

  @Test("a run is calibrated with its training photos and compared on its validation photos")
  func run() throws {
    try write("net.safetensors") { _ in }
    let trained = try effnet(
      "train", "shades", "--weights", "net.safetensors", "--epochs", "1", "--batch", "8",
      "--threads", "1", "--quiet")
    #expect(trained.status == 0, "\(trained)")
    let output = try effnet(
      "quantize", "--run", "runs/train/shades", "-o", "int8.safetensors", "--force", "--quiet")
    #expect(output.status == 0, "\(output)")
    #expect(output.lines.contains("calibrated with 16 photos, compared on 4 others"), "\(output)")
  }

  @Test("the feature map of the head, and another size, are computed in floats")
  func head() throws {
    try writeSteady()
    _ = try effnet(
      "quantize", "net.safetensors", "--calibrate", "shades", "-o", "int8.safetensors")
    let images = try bench.images(Shape(n: 1, h: 35, w: 35, c: 3))
    let curves = "is computed in fp32; the curves of --measure are computed in int8"
    for (arguments, note) in [
      (["explain", "shades/dark/1.png"], "so with --method cam the network is computed in fp32\n"),
      (["explain", "shades/dark/1.png", "--measure"], curves),
      (
        ["explain", "shades/dark/1.png", "--method", "grad-cam"],
        "note: integers have no gradients, so with --method grad-cam the network is computed in fp32"
      ),
      (
        ["embed", "shades", "--stage", "conv_head", "-o", "head.npz"],
        "with --stage conv_head the network is computed in fp32"
      ),
      (
        ["run", "--input", images, "--output", "y.npy", "--activations", "stages"],
        "with --activations the network is computed in fp32"
      ),
    ] {
      let output = try CommandLineTool.effnet(
        arguments: arguments + ["--weights", "int8.safetensors"], folder: bench.folder.url)
      #expect(output.status == 0, "\(arguments): \(output)")
      #expect(output.standardError.contains(note), "\(arguments): \(output)")
    }
    let embedded = try effnet("embed", "shades", "-o", "x.npz", "--weights", "int8.safetensors")
    #expect(!embedded.standardError.contains("in fp32"), "\(embedded)")
    let larger = try bench.images(Shape(n: 1, h: 39, w: 39, c: 3))
    let output = try effnet(
      "run", "--input", larger, "--output", "y.npy", "--weights", "int8.safetensors")
    #expect(output.status == 0 && output.standardError.contains("for another size than 39 pixels"))
  }

  @Test("duplicates computes small copies of the photos in floats, also with --precision int8")
  func duplicates() throws {
    try write("net.safetensors", resolution: 128) { _ in }
    _ = try effnet(
      "quantize", "net.safetensors", "--calibrate", "shades", "-o", "int8.safetensors", "--force")
    let output = try effnet(
      "duplicates", "shades", "--weights", "int8.safetensors", "--precision", "int8")
    #expect(output.status == 0, "\(output)")
  }

  @Test(
    "wrong commands name the remedy",
    arguments: [
      (["quantize", "net.safetensors", "-o", "x.safetensors"], 2, "--calibrate photos/"),
      (
        ["quantize", "net.safetensors", "--calibrate", "shades", "-o", "x.onnx"], 2, ".safetensors"
      ),
      (["quantize", "net.safetensors", "--calibrate", "shades", "--report", "x.pdf"], 2, ".html"),
      (["quantize", "net.safetensors", "--calibrate", "none"], 1, "No such file"),
      (
        ["quantize", "net.safetensors", "--calibrate", "shades", "--max-drop", "-1"], 2,
        "--max-drop is -1.0; it must be from 0 to 100"
      ),
      (
        ["quantize", "net.safetensors", "--calibrate", "shades", "--max-drop", "nan"], 2,
        "--max-drop is nan"
      ),
      (["quantize", "net.safetensors", "--run", "runs"], 2, "--run already names the network"),
      (
        ["quantize", "net.safetensors", "--calibrate", "shades", "-o", "net.safetensors"], 2,
        "would replace the input"
      ),
      (
        ["quantize", "int8.safetensors", "--calibrate", "shades"], 1,
        "int8.safetensors is quantized already; quantize the original network"
      ),
      (
        ["classify", "shades", "--weights", "net.safetensors", "--precision", "int8"], 1, "quantize"
      ),
      (["benchmark", "b0", "--precision", "int8"], 2, "name it with --model"),
      (["benchmark", "b0", "--precision", "int8", "--train"], 2, "integers have no gradients"),
      (
        ["scale", "fit", "--latency", "20ms", "--precision", "int8"], 2,
        "the scaled networks have random weights"
      ),
      (["scale", "table", "--precision", "int8"], 2, "the scaled networks have random weights"),
      (
        ["explain", "shades", "--weights", "int8.safetensors", "--precision", "int8"], 2,
        "--method occlusion"
      ),
    ])
  func wrongCommands(arguments: [String], status: Int32, words: String) throws {
    try writeSteady()
    var architecture = try Architecture.tiny("tiny-fused")
    architecture.classes = 2
    try Formula.int8Model(architecture).write(to: bench.path("int8.safetensors"))
    let output = try CommandLineTool.effnet(arguments: arguments, folder: bench.folder.url)
    #expect(output.status == status && output.standardError.contains(words), "\(output)")
    #expect(!bench.folder.exists("x.safetensors") && output.standardOutput.isEmpty)
  }
}

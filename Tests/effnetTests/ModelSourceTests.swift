import ArgumentParser
import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

/// The ways in which all commands name a network.
@Suite("--model")
struct ModelSourceTests {
  private let bench: Workbench
  private let photo = CommandLineTool.root.appending(path: "Examples/photos/cat.png").path

  init() throws { bench = try Workbench() }

  /// Writes the folder of a run, as far as its best weights need it.
  private func makeRun(_ name: String = "run", hasBest: Bool = true) throws -> String {
    let folder = bench.path(name)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data("{}".utf8).write(to: URL(filePath: "\(folder)/config.json"))
    if hasBest {
      try Formula.model(try .tiny("tiny-silu")).write(to: "\(folder)/best.safetensors")
    }
    return folder
  }

  @Test("takes a weight file and the folder of a run")
  func paths() throws {
    let file = try bench.described(.tiny("tiny-silu"))
    let run = try makeRun()
    let expected = try bench.effnet("classify", photo, "--weights", file).standardOutput
    for options in [["--model", file], ["--model", run], ["--weights", run]] {
      let output = try bench.run(["classify", photo] + options)
      #expect(output.status == 0 && output.standardOutput == expected, "\(options): \(output)")
    }
    let source = try ModelSource(network: run, prefersEMA: false)
    #expect(source.name == nil && source.weights == run && !source.prefersEMA)
    #expect(try source.weightFile() == "\(run)/best.safetensors")
    let images = try bench.images(Architecture.tiny("tiny-silu").inputShape)
    for command in [
      ["models", run], ["models", "--model", run], ["summary", run], ["summary", file],
      ["inspect", run], ["benchmark", run, "--rounds", "1", "--threads", "1"],
      ["run", "--model", run, "--input", images, "--output", bench.path("y.npy")],
      ["embed", photo, "--model", run, "-o", bench.path("x.npz")],
      ["convert", run, bench.path("run.onnx")],
      ["explain", photo, "--model", run, "--json", "--output", bench.path("maps")],
      ["explain", photo, "--compare", "\(run),\(file)", "--output", bench.path("maps")],
    ] {
      let output = try bench.run(command)
      #expect(output.status == 0, "\(command): \(output)")
      if command[0] != "explain" {
        // 'embed' shows the name of the run.
        let wanted = command[0] == "embed" ? "global_pool of run\n" : "tiny-silu"
        #expect(output.standardOutput.contains(wanted), "\(command): \(output)")
      }
    }
  }

  @Test("outputs name the folder of a run, or the file of other weights")
  func titles() throws {
    let run = try makeRun()
    for path in [
      run, "\(run)/", "\(run)/.", "\(run)/../run/..//run/.", "\(run)/best.safetensors",
      "\(run)/./best.safetensors",
    ] {
      #expect(try ModelSource(network: nil, weights: path).title == "run", "\(path)")
    }
    let file = bench.path("best.safetensors")
    try Formula.model(try .tiny("tiny-silu")).write(to: file)
    #expect(try ModelSource(network: nil, weights: file).title == "best.safetensors")
    let last = "\(run)/last.safetensors"
    #expect(try ModelSource(network: nil, weights: last).title == "last.safetensors")
  }

  @Test("a plain convolution and a stage without skip connections are named in the table")
  func operators() throws {
    var architecture = try Architecture.tiny("tiny-silu")
    architecture.name = "plain"
    architecture.stages = [
      .fusedMBConv(expand: 1, kernel: 5, stride: 1, channels: 8, repeats: 2, skip: .none),
      .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 8, repeats: 1),
    ]
    let lines = try bench.effnet("models", bench.network(architecture)).lines
    #expect(lines.contains { $0.contains("  Conv k5, no skip  ") }, "\(lines)")
    #expect(lines.contains { $0.contains("  Fused-MBConv4 k3  ") }, "\(lines)")
  }

  @Test("another resolution than that of a file is noted where the network predicts")
  func otherResolution() throws {
    let file = try bench.described(.tiny("tiny-silu"))
    let own = try Architecture.tiny("tiny-silu").resolution
    let note = "note: \(file) is for photos of \(own) pixels; at 48 its predictions may be wrong"
    for (arguments, isNoted) in [
      (["classify", photo, "--model", file, "--resolution", "48"], true),
      (["classify", photo, "--model", file, "--resolution", "\(own)"], false),
      (["summary", file, "--resolution", "48"], false),
    ] {
      let output = try bench.run(arguments)
      #expect(output.status == 0, "\(output)")
      #expect(output.standardError.contains(note) == isNoted, "\(output)")
    }
  }

  @Test("the folder of a run with the name of a network is printed as a path")
  func runWord() {
    #expect(ModelSource.word(ofRun: "b0") == "./b0")
    #expect(ModelSource.word(ofRun: "runs/train/photos") == "runs/train/photos")
  }

  @Test("upper and lower case are the same in names, unless a path has the name")
  func anyCase() throws {
    for (written, name) in [("B0", "b0"), ("Lite0", "lite0"), ("B7", "b7")] {
      let source = try ModelSource(network: written)
      #expect(source.name == name)
      #expect(try source.architecture() == PublishedNetwork(named: name).architecture)
    }
    let b0 = try bench.run(["scale", "table", "b0", "--phi", "0,1", "--no-latency"])
    let same = try bench.run(["scale", "table", "B0", "--phi", "0,1", "--no-latency"])
    #expect(same.status == 0 && same.standardOutput == b0.standardOutput, "\(same)")
    #expect(try PullCommand.parse(["Lite0"]).names == ["Lite0"])
    // The rule of the family keeps the head of Lite0.
    let lite = try BaselineOptions.parse(["--model", "Lite0"]).network()
    #expect(lite == Baseline(try Variant(named: "lite0")))
    _ = try makeRun("B0")
    let listed = try CommandLineTool.effnet(arguments: ["models", "B0"], folder: bench.folder.url)
    #expect(listed.standardOutput.hasPrefix("tiny-silu: "), "\(listed)")
  }

  @Test("names come before paths, and errors name what is missing")
  func errors() throws {
    let file = try bench.described(.tiny("tiny-silu"))
    let other = try makeRun()
    let empty = try makeRun("empty", hasBest: false)
    for (arguments, status, words) in [
      (["--model", file, "--weights", other], 2, "are both weights; leave out one"),
      (["--model", bench.path("none.safetensors")], 1, "none.safetensors: No such file"),
      (["--model", empty], 1, "the folder has no best.safetensors"),
      (["--weights", empty], 1, "the folder has no best.safetensors"),
      (["--model", bench.folder.url.path], 1, "it is not the folder of a run"),
      (["--model", "runs/none"], 2, "'effnet pull runs/none'"),
      (["--model", "./runs/none"], 2, "there is no file or folder ./runs/none"),
      (["--model", file, "--width", "2"], 2, "--width needs --model with a name or a JSON file"),
    ] as [([String], Int32, String)] {
      try bench.expectFailure(["classify", photo] + arguments, status: status, words)
    }
    // A file with the name of a network does not hide it.
    _ = try bench.folder.file("b0", contents: "notes")
    let output = try CommandLineTool.effnet(arguments: ["summary", "b0"], folder: bench.folder.url)
    #expect(output.lines.first?.hasPrefix("b0, input 224") == true)
  }

  @Test("a file with a framework's tensor names under the authors' network is noted")
  func frameworks() throws {
    let weights = try bench.foreign(.small("timm/mnasnet_small"), naming: .timm)
    let output = try bench.effnet("summary", "--model", "mnasnet-small", "--weights", weights)
    let note = "\(weights) has the tensor names of timm, but is read as mnasnet-small: "
    #expect(output.standardError.hasPrefix("note: \(note)"), "\(output.standardError)")
    #expect(
      output.standardError.contains(
        "for weights of timm/mnasnet_small (other padding, batch-norm epsilon"))
    let right = try bench.effnet("summary", "--model", "timm/mnasnet_small", "--weights", weights)
    #expect(right.standardError.isEmpty)
    let lukemelas = try bench.foreign(
      .small("lukemelas/efficientnet-b0"), naming: .lukemelas, name: "lukemelas.safetensors")
    let same = try bench.effnet("summary", "--model", "b0", "--weights", lukemelas)
    #expect(same.standardError.isEmpty, "\(same.standardError)")
  }
}

import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

/// The commands' results and messages for weights without a classifier and for weights among other
/// tensors.
@Suite("effnet with weights of training programs")
struct HeadlessTests {
  private let bench: Workbench
  private let photo: String

  init() throws {
    bench = try Workbench()
    photo = CommandLineTool.root.appending(path: "Examples/photos/cat.png").path
  }

  /// A small network with timm's names, whose tensors have a prefix.
  private func file(
    _ name: String, prefix: String = "", hasClassifier: Bool = true, beside: [String] = []
  ) throws -> (path: String, network: String) {
    var architecture = try Architecture.tiny("tiny-silu")
    architecture.resolution = 33
    let network = try bench.network(architecture)
    var weights = Formula.weights(of: architecture)
    weights.tensors = Dictionary(
      uniqueKeysWithValues: weights.tensors.filter {
        hasClassifier || !$0.key.hasPrefix("classifier.")
      }.map { (prefix + $0.key, $0.value) })
    for name in beside { weights.tensors[name] = WeightTensor(shape: [1], elements: [1]) }
    try weights.write(safetensors: bench.path(name))
    return (bench.path(name), network)
  }

  @Test("commands that need no classifier run without one")
  func withoutClassifier() throws {
    let (weights, network) = try file("headless.safetensors", hasClassifier: false)
    let options = ["--weights", weights, "--model", network, "--threads", "1"]
    let rows = bench.path("rows.npz")
    let embedded = try bench.run(["embed", photo, "--output", rows] + options)
    #expect(embedded.status == 0, "\(embedded.standardError)")
    let similar = try bench.run(["similar", photo, "--in", rows] + options)
    #expect(similar.status == 0, "\(similar.standardError)")
    let examples = bench.path("examples")
    for (name, photos) in [("cat", ["cat", "coffee"]), ("cup", ["coffee", "cat"])] {
      let folder = "\(examples)/\(name)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for photo in photos {
        try FileManager.default.copyItem(
          at: CommandLineTool.root.appending(path: "Examples/photos/\(photo).png"),
          to: URL(filePath: "\(folder)/\(photo).png"))
      }
    }
    for arguments in [
      ["label", "--examples", examples], ["duplicates", examples],
      [
        "train", examples, "--epochs", "1", "--head-epochs", "0", "--split", "0", "--batch", "2",
        "--output", bench.path("run"),
      ],
    ] {
      let result = try bench.run(arguments + options)
      #expect(result.status == 0, "\(arguments[0]): \(result.standardError)")
    }
    let output = bench.path("new.safetensors")
    try bench.effnet("convert", weights, output, "--model", network, "--classes", "3")
    #expect(
      try bench.effnet("inspect", output).standardOutput.contains("with 3 classes and 3 input"))
    let inspection = try bench.effnet("inspect", weights, "--model", network).standardOutput
    #expect(inspection.contains("fits tiny-silu, without a classifier, 3 input channels"))
  }

  @Test("commands that need a classifier say that it is missing, and what to do")
  func needsClassifier() throws {
    let (weights, network) = try file("headless.safetensors", hasClassifier: false)
    let options = ["--model", network]
    for arguments in [
      ["classify", photo, "--weights", weights] + options,
      ["explain", photo, "--output", bench.path("maps"), "--weights", weights] + options,
      ["convert", weights, bench.path("x.safetensors")] + options,
      ["convert", weights, bench.path("x.onnx")] + options,
    ] {
      try bench.expectFailure(
        arguments, status: 1, "headless.safetensors has no classifier", "effnet train",
        "effnet embed")
    }
  }

  @Test("tensors beside the network are noted, and inspect lists them")
  func besideTheNetwork() throws {
    let (weights, network) = try file(
      "run.safetensors", prefix: "module.net.", beside: ["criterion.pos_weight", "metric.seen"])
    let options = ["--weights", weights, "--model", network, "--threads", "1"]
    let output = bench.path("plain.safetensors")
    for arguments in [
      ["classify", photo] + options,
      ["embed", photo, "--output", bench.path("rows.npz")] + options,
      ["convert", weights, output, "--model", network],
    ] {
      let result = try bench.run(arguments)
      #expect(result.status == 0, "\(result.standardError)")
      #expect(
        result.standardError.contains(
          "note: \(weights) has 2 other values, not used: "
            + "'criterion.pos_weight', 'metric.seen'\n"), "\(result.standardError)")
    }
    let inspection = try bench.effnet("inspect", weights, "--model", network).standardOutput
    #expect(
      inspection.contains(
        "not part of the network, not used (2):\n  criterion.pos_weight\n  metric.seen\n"))
    // The converted file holds only the network.
    #expect(try bench.effnet("classify", photo, "--weights", output).standardError.isEmpty)
  }
}

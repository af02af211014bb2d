import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

@testable import effnet

@Suite("effnet inspect")
struct InspectTests {
  private let bench: Workbench

  init() throws { bench = try Workbench() }

  private struct Inspection: Decodable {
    struct Fit: Decodable {
      struct Mismatch: Decodable, Equatable {
        let name: String
        let found, expected: [Int]
      }
      let model: String
      let exact: Bool
      let classes, channels: Int
      let padding: String
      let batch_norm_epsilon: Double
      let missing, extra: [String]
      let mismatches: [Mismatch]
    }
    struct Tensor: Decodable {
      let name: String
      let shape: [Int]
    }
    let path, form: String
    let naming: String?
    let tensor_count, numbers: Int
    let metadata: [String: String]
    let description: ModelDescription?
    let fits: [Fit]
    let others: [String]
    let tensors: [Tensor]?
  }

  private func inspect(_ path: String) throws -> Inspection {
    try bench.json(Inspection.self, "inspect", path, "--json")
  }

  @Test("int8 weights without the description of their file cannot be run")
  func bareCodes() throws {
    let model = try Formula.int8Model(.tiny("tiny-silu"))
    var weights = model.weights
    weights.metadata = [:]
    try weights.write(safetensors: bench.path("bare.safetensors"))
    _ = try bench.folder.file("net.json", contents: encodedJSON(model.description.architecture))
    let output = try bench.effnet(
      "inspect", bench.path("bare.safetensors"), "--model", bench.path("net.json"))
    #expect(
      output.standardOutput.contains(
        "but effnet cannot run it: its weights are int8, but the codes"),
      "\(output)")
    #expect(!output.standardOutput.contains("next:"))
  }

  @Test("our own files describe themselves")
  func own() throws {
    let architecture = try Architecture.tiny("tiny-silu")
    let path = try bench.described(architecture)
    let text = try bench.effnet("inspect", path).standardOutput
    for words in [
      "\(path): safetensors, ", "named as in timm, whose names effnet uses too\n",
      "describes itself: tiny-silu, 33×33×3, same padding",
      "17 classes: thing 0, thing 1, thing 2, …", "from: the formula",
      "fits tiny-silu, with 17 classes and 3 input channels\n"
        + "next: effnet classify photo.jpg --model \(path)\n",
    ] { #expect(text.contains(words), "\(text)") }
    let inspection = try inspect(path)
    #expect(inspection.description == (try Formula.model(architecture)).description)
    #expect(inspection.fits.map(\.exact) == [true])
    #expect(inspection.tensors == nil && inspection.metadata["variant"] == "tiny-silu")
    let all = try bench.json(Inspection.self, "inspect", path, "--json", "--tensors")
    #expect(all.tensors?.count == all.tensor_count)
    #expect(all.tensors?.first { $0.name == "conv_stem.weight" }?.shape == [12, 3, 3, 3])
    #expect(all.tensors?.reduce(0) { $0 + $1.shape.reduce(1, *) } == all.numbers)
    #expect(try bench.effnet("inspect", path, "--tensors").standardOutput.contains("12×3×3×3"))
    let lines = try bench.effnet("inspect", path, "--classes").lines
    #expect(lines.suffix(17).last == "   16  thing 16" && lines[lines.count - 18] == "class  name")
  }

  @Test(
    "other programs' files are recognized by their tensors",
    arguments: [
      (
        "timm/efficientnet_lite0", NameMap.timm,
        ["timm/efficientnet_lite0", "timm/tf_efficientnet_lite0"]
      ),
      ("timm/mobilenetv2_035", .timm, ["timm/mobilenetv2_035"]),
      ("torchvision/mnasnet0_5", .torchvisionMnasNet, ["torchvision/mnasnet0_5"]),
      ("torchvision/mobilenet_v2", .torchvisionMobileNet, ["torchvision/mobilenet_v2"]),
      ("torchvision/efficientnet_b0", .torchvision, ["torchvision/efficientnet_b0"]),
      ("lukemelas/efficientnet-b0", .lukemelas, ["lukemelas/efficientnet-b0"]),
      ("keras/EfficientNetB0", .keras, ["keras/EfficientNetB0"]),
      ("keras/EfficientNetV2B0", .kerasV2, ["keras/EfficientNetV2B0"]),
    ])
  func foreign(name: String, naming: NameMap, models: [String]) throws {
    let architecture = try Architecture.small(name, classes: 6)
    let path = try bench.foreign(architecture, naming: naming)
    let inspection = try inspect(path)
    #expect(inspection.naming == naming.program && inspection.form == "safetensors")
    #expect(inspection.description == nil)
    #expect(inspection.fits.map(\.model) == models)
    for fit in inspection.fits {
      #expect(fit.exact && fit.missing.isEmpty && fit.extra.isEmpty && fit.mismatches.isEmpty)
      #expect(fit.classes == 6 && fit.channels == 3)
      let expected = try PublishedNetwork(named: fit.model).architecture
      #expect(fit.padding == expected.padding.rawValue)
      #expect(fit.batch_norm_epsilon == expected.batchNormEpsilon)
    }
    let text = try bench.effnet("inspect", path).standardOutput
    #expect(text.contains("fits \(models.joined(separator: ", ")), with 6 classes"))
    let command = "effnet classify photo.jpg --model "
    let next =
      models.count == 1
      ? "\nnext: \(command)\(path)\n"
      : "with --model, for example: \(command)\(models[0]) --weights \(path)\n"
    #expect(text.contains("but effnet cannot run it") || text.contains(next), "\(text)")
    #expect(
      text.contains("choose the network that the weights were trained for with --model")
        == (models.count > 1))
  }

  @Test("differences from the closest network are listed")
  func differences() throws {
    let architecture = try Architecture.small("timm/mobilenetv2_035")
    let path = try bench.foreign(architecture, naming: .timm) { tensors in
      tensors["bn1.weight"] = nil
      tensors["blocks.1.0.conv_pw.weight"] = WeightTensor(shape: [1], elements: [0])
      tensors["aux.weight"] = WeightTensor(shape: [2, 2], elements: [1, 2, 3, 4])
    }
    let inspection = try inspect(path)
    let fit = try #require(inspection.fits.first)
    #expect(fit.model == "timm/mobilenetv2_035" && !fit.exact)
    #expect(fit.missing == ["bn1.weight"])
    #expect(fit.extra == ["aux.weight"])
    let expected = try #require(
      NameMap.timm.parameters(of: architecture).first { $0.name == "blocks.1.0.conv_pw.weight" })
    #expect(
      fit.mismatches == [
        .init(name: "blocks.1.0.conv_pw.weight", found: [1], expected: expected.shape)
      ])
    let lines = try bench.effnet("inspect", path).lines
    #expect(lines.contains("fits no network exactly; closest: timm/mobilenetv2_035"))
    #expect(lines.contains("missing (1):") && lines.contains("  bn1.weight"))
    #expect(lines.contains("extra (1):") && lines.contains("  aux.weight"))
    #expect(lines.contains("of another shape (1):"))
  }

  @Test("a file far from every known network has two lines, not a list of differences")
  func ownNetwork() throws {
    let path = try bench.foreign(.tiny("tiny-silu"), naming: .timm)
    let lines = try bench.effnet("inspect", path).lines
    #expect(
      lines.contains(
        "fits no known network; for a network of your own, name its JSON file with --model"),
      "\(lines)")
    #expect(lines.last?.hasPrefix("closest: ") == true, "\(lines)")
    let network = try #require(try inspect(path).fits.first?.model)
    #expect(lines.last?.hasSuffix("; --model \(network) lists them)") == true, "\(lines)")
    let listed = try bench.effnet("inspect", path, "--model", network).lines
    #expect(listed.count > lines.count + 5)
    #expect(
      try bench.effnet("inspect", path, "--model", bench.network(.tiny("tiny-silu"))).standardOutput
        .contains("fits tiny-silu"))
  }

  @Test("a file is compared with the network of --model")
  func comparison() throws {
    let path = try bench.foreign(.small("timm/mobilenetv2_035"), naming: .timm)
    let other = try bench.json(
      Inspection.self, "inspect", path, "--model", "timm/mobilenetv2_050", "--json")
    #expect(other.fits.map(\.model) == ["timm/mobilenetv2_050"])
    #expect(other.fits.first?.exact == false && other.fits.first?.mismatches.isEmpty == false)
    let text = try bench.effnet("inspect", path, "--model", "timm/mobilenetv2_050").standardOutput
    #expect(text.contains("(--json lists all)"))
    #expect(text.contains("does not fit timm/mobilenetv2_050; it fits timm/mobilenetv2_035"))
    #expect(other.others == ["timm/mobilenetv2_035"])
    // The tensors of b0 have timm's names and shapes, but not its padding.
    let b0 = try bench.foreign(
      .small("timm/efficientnet_b0"), naming: .timm, name: "b0.safetensors")
    let note = try bench.effnet("inspect", b0, "--model", "b0").standardOutput
    #expect(note.contains("note: ") && note.contains("is read as b0: for weights of timm/"))
    let own = try bench.described(.tiny("tiny-silu"))
    let described = try bench.json(Inspection.self, "inspect", own, "--model", "b0", "--json")
    #expect(described.fits.map(\.model) == ["b0"] && described.fits.first?.exact == false)
  }

  @Test("unknown names fit no network, and hostile names stay on one line")
  func unknown() throws {
    let path = bench.path("odd.safetensors")
    try Weights(
      source: "a test",
      tensors: ["a\nb\u{1B}[31m": WeightTensor(shape: [2], elements: [1, 2])],
      metadata: ["note": "one\ntwo"]
    ).write(safetensors: path)
    let output = try bench.effnet("inspect", path, "--tensors")
    #expect(output.standardOutput.contains("fits no network: no tensor has a known name"))
    #expect(!output.standardOutput.contains("\u{1B}"))
    #expect(output.lines.count == 4)
    #expect(try inspect(path).fits.isEmpty)
  }

  @Test("long texts of a file are shortened, but not in JSON")
  func longTexts() throws {
    let path = bench.path("long.safetensors")
    var model = try Formula.int8Model(.tiny("tiny-silu"))
    model.description.provenance = String(repeating: "x", count: 100_000)
    model.description.quantization?.calibration = model.description.provenance
    try model.write(to: path)
    let lines = try bench.effnet("inspect", path).lines
    #expect(lines.contains("from: \(String(repeating: "x", count: 494))…"))
    #expect(lines.contains { $0.hasPrefix("int8: calibrated with xxx") && $0.count == 501 })
    #expect(try inspect(path).description == model.description)
  }

  @Test(".npz files are inspected, with known and unknown names")
  func npz() throws {
    let path = bench.path("tiny.npz")
    try Formula.weights(of: .tiny("tiny-silu")).write(npz: path)
    let inspection = try bench.json(
      Inspection.self, "inspect", path, "--model", bench.network(.tiny("tiny-silu")), "--json")
    #expect(inspection.form == "NumPy .npz" && inspection.naming == "timm")
    #expect(inspection.fits.map(\.model) == ["tiny-silu"] && inspection.fits[0].exact)
    #expect(try inspect(path).fits.first?.exact == false)
  }

  @Test("an ONNX file shows what it says about itself")
  func onnx() throws {
    let path = bench.path("tiny.onnx")
    try Formula.model(.tiny("tiny-silu")).write(onnx: path)
    let lines = try bench.effnet("inspect", path).lines
    #expect(lines[0] == "\(path): ONNX file of swift-efficientnet, opset 17")
    #expect(
      lines[1].wholeMatch(
        of:
          /graph tiny-silu: \d+ nodes, \d+ initializers with [\d,]+ parameters \(batch norms are folded into the convolutions\)/
      ) != nil)
    #expect(
      lines[2...4].elementsEqual([
        "input input: float32, batch×3×33×33", "output logits: float32, batch×17",
        "17 classes: thing 0, thing 1, thing 2, …",
      ]), "\(lines)")
    for line in ["variant: tiny-silu", "crop: 33", "provenance: the formula"] {
      #expect(lines.contains("metadata \(line)"), "\(lines)")
    }
    #expect(lines.contains { $0.hasPrefix("network tiny-silu, written by effnet, with timm's ") })
    #expect(lines.last?.hasPrefix("effnet reads it as a weight file; ") == true)
    #expect(lines.last?.hasSuffix("onnxruntime.InferenceSession('\(path)')") == true)
    let more = try bench.effnet("inspect", path, "--tensors", "--classes").lines
    #expect(more.contains { $0.hasPrefix("conv_stem.weight") && $0.hasSuffix("float32  12×3×3×3") })
    #expect(more.last == "   16  thing 16")
    struct Summary: Decodable {
      let form: String
      let opset: Int
      let metadata: [String: String]
    }
    let summary = try bench.json(Summary.self, "inspect", path, "--json")
    #expect(summary.form == "ONNX file" && summary.opset == 17 && summary.metadata["crop"] == "33")
    try bench.expectFailure(
      ["inspect", path, "--model", "b0"], status: 2, "which an ONNX file may choose")
  }

  @Test("a file of ours with timm's names states its network")
  func stated() throws {
    let narrow = bench.path("narrow.safetensors")
    try bench.effnet(
      "convert", "b0", narrow, "--from-scratch", "--width", "0.25", "--resolution", "32",
      "--classes", "5")
    let path = bench.path("timm.safetensors")
    try bench.effnet("convert", narrow, path, "--naming", "timm")
    let options = "--model b0 --width 0.25 --resolution 32"
    let lines = try bench.effnet("inspect", path).lines
    #expect(lines.contains("written by 'effnet convert'; the network is: \(options)"), "\(lines)")
    #expect(lines.contains("fits b0-w0.25, with 5 classes and 3 input channels"), "\(lines)")
    let next = "next: effnet classify photo.jpg --model \(path)"
    #expect(lines.last.map(String.init) == next, "\(lines)")
    #expect(!lines.contains { $0.hasPrefix("note: ") || $0.hasPrefix("metadata effnet") })
    // The commands read the network from the file, without notes on others.
    let photo = CommandLineTool.root.appending(path: "Examples/photos/cat.png").path
    let classified = try bench.run(["classify", photo, "--model", path])
    #expect(classified.status == 0 && !classified.standardError.contains(path), "\(classified)")
    let back = try bench.effnet("convert", path, bench.path("back.safetensors"))
    #expect(back.standardOutput.contains(": b0-w0.25, ") && back.standardError.contains("--labels"))
    // The same with torchvision's names, although its own B0 pads differently.
    let (b0, torchvision) = (bench.path("b0.safetensors"), bench.path("tv.safetensors"))
    try bench.effnet("convert", "b0", b0, "--from-scratch", "--resolution", "32", "--classes", "5")
    try bench.effnet("convert", b0, torchvision, "--naming", "torchvision")
    let again = bench.path("again.safetensors")
    try bench.effnet("convert", torchvision, again)
    let (first, last) = (try Model(contentsOf: b0), try Model(contentsOf: again))
    #expect(first.description.architecture == last.description.architecture)
    #expect(first.weights.names == last.weights.names)
    for name in first.weights.names {
      let (mine, theirs) = (first.weights.tensors[name], last.weights.tensors[name])
      #expect(mine?.elements == theirs?.elements, "\(name)")
    }
    let other = try bench.effnet("inspect", path, "--model", "b1").lines
    #expect(other.contains { $0 == "does not fit b1; it is b0-w0.25" }, "\(other)")
    // Only published networks are read from the metadata.
    for words in ["--model x.json", "--model", "--help", "-v", ""] {
      #expect(StatedNetwork([Weights.optionsKey: words]) == nil, "\(words)")
    }
  }

  @Test("a file that holds no weights is refused in one line")
  func refused() throws {
    let text = try bench.folder.file("notes.txt", contents: "these are notes").path
    try bench.expectFailure(["inspect", text], status: 1, text, "is not a weight file")
    let empty = try bench.folder.file("empty.safetensors").path
    try bench.expectFailure(["inspect", empty], status: 1, empty, "is empty")
    let onnx = try bench.folder.file("b0.onnx", contents: "these are notes").path
    try bench.expectFailure(["inspect", onnx], status: 1, onnx, "is damaged")
    try bench.expectFailure(
      ["convert", onnx, bench.path("b0.safetensors")], status: 1, onnx,
      "is damaged")
    try bench.expectFailure(["inspect", bench.folder.url.path], status: 1, bench.folder.url.path)
    try bench.expectFailure(["inspect", bench.path("no.pth")], status: 1, "no.pth: No such file")
    try bench.expectFailure(["inspect"], status: 2, "Missing expected argument '<file>'")
    let own = try bench.described(.tiny("tiny-silu"))
    let foreign = try bench.foreign(.tiny("tiny-silu"), naming: .timm)
    let unnamed = try bench.run(["inspect", foreign, "--classes"])
    #expect(unnamed.status == 1 && unnamed.standardError.contains("does not name its classes"))
    try bench.expectFailure(
      ["inspect", own, "--model", "b17"], status: 2, "no network is named 'b17'")
    let bytes = try Data(contentsOf: URL(filePath: own))
    for length in [1, 8, 9, 100, bytes.count - 1] {
      let cut = bench.path("cut.safetensors")
      try bytes.prefix(length).write(to: URL(filePath: cut))
      try bench.expectFailure(["inspect", cut], status: 1, cut)
    }
  }

  @Test("a file that fits one network needs no --model, otherwise the error lists the choices")
  func choice() throws {
    let photo = CommandLineTool.root.appending(path: "Examples/photos/cat.png").path
    let both = try bench.foreign(.small("timm/efficientnet_lite0"), naming: .timm)
    try bench.expectFailure(
      ["classify", photo, "--weights", both], status: 1, both,
      "timm/efficientnet_lite0 and timm/tf_efficientnet_lite0", "--model")
    #expect(
      try bench.effnet(
        "classify", photo, "--weights", both, "--model", "timm/tf_efficientnet_lite0"
      ).lines.count == 5)
    let one = try bench.foreign(
      .small("timm/mobilenetv2_035", classes: 3), naming: .timm, name: "one.safetensors")
    let output = try bench.effnet("classify", photo, "--weights", one)
    #expect(output.lines.count == 4 && output.lines[1].contains("class "))
    let gray = try bench.described(.tiny("tiny-relu6"))
    try bench.expectFailure(
      ["classify", photo, "--weights", gray], status: 1, "tiny-relu6", "inputChannels is 1",
      "3 for photos", "effnet run")
  }
}

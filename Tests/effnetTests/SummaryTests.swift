import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("effnet models --model and summary")
struct SummaryTests {
  private let bench: Workbench

  init() throws { bench = try Workbench() }

  private struct Summary: Decodable {
    struct Layer: Decodable {
      let name: String
      let operation: String
      let output: [Int]
      let parameters, macs, activation_bytes: Int
    }
    let model: String
    let input: [Int]
    let classes, parameters, macs, activation_bytes: Int
    let layers: [Layer]
  }

  // MARK: models

  @Test("models prints a network as the paper's table, at any scale")
  func table() throws {
    let lines = try bench.effnet("models", "b0").lines
    #expect(lines[0] == "b0: 5,288,548 parameters, 385.8 M MACs")
    #expect(lines[1].hasPrefix("input 224×224×3, 1000 classes, silu, same padding"))
    #expect(lines[2] == "paper's table 2: 77.1 % top-1 on ImageNet, 5.3 M parameters, 0.39 B FLOPs")
    #expect(lines.count == 3 + 1 + 9 && lines[3].hasSuffix("output  #channels  #layers"))
    // Table 1 of the paper has the resolutions of the inputs.
    let rows = lines.dropFirst(4).map { line in
      line.split(separator: " ").suffix(4).joined(separator: " ")
    }
    #expect(
      rows == [
        "224×224 112×112 32 1", "112×112 112×112 16 1", "112×112 56×56 24 2", "56×56 28×28 40 2",
        "28×28 14×14 80 3", "14×14 14×14 112 3", "14×14 7×7 192 4", "7×7 7×7 320 1",
        "7×7 7×7 1280 1",
      ])
    #expect(try bench.effnet("models", "--model", "b0").lines == lines)
    let b5 = try bench.effnet("models", "b5").lines
    #expect(b5[0].hasSuffix(" 10.27 G MACs"))
    #expect(
      b5[2].hasSuffix("9.9 B FLOPs; it does not say how it counted, torchvision counts as here"))
    // Another network has no row in the paper.
    let narrow = try bench.effnet("models", "b0", "--classes", "10").standardOutput
    #expect(!narrow.contains("paper"))
    let other = try bench.effnet("models", "--model", "torchvision/efficientnet_b0").lines
    #expect(other[1].contains("symmetric padding, batch-norm epsilon 1e-05"))
  }

  @Test("the JSON of a network can be read back and follows the options")
  func json() throws {
    let printed = try bench.effnet(
      "models", "--model", "b0", "--json", "--width", "0.5", "--depth", "1.5", "--resolution", "96",
      "--classes", "7", "--channels", "1", "--dropout", "0.3"
    ).standardOutput
    let file = try bench.folder.file("my.json", contents: printed)
    let architecture = try Architecture(json: file.path)
    var expected = try PublishedNetwork(named: "b0").variant.family.architecture(
      name: "b0-w0.5-d1.5",
      scale: CompoundScale(width: 0.5, depth: 1.5, resolution: 96, dropout: 0.3))
    (expected.classes, expected.inputChannels) = (7, 1)
    #expect(architecture == expected)
    let again = try bench.effnet("models", "--model", file.path, "--json")
    #expect(again.standardOutput == printed)
  }

  @Test("--all lists every network")
  func all() throws {
    struct Row: Decodable {
      let name: String
      let parameters: Int
    }
    let rows = try bench.json([Row].self, "models", "--all", "--json")
    #expect(rows.map(\.name) == PublishedNetwork.all.map(\.name))
    #expect(rows.first { $0.name == "torchvision/mnasnet1_3" }?.parameters == 6_282_256)
    let shown = try bench.effnet("models", "--all").lines
    #expect(
      shown.filter { $0.hasPrefix("timm/") }.count
        == rows.filter { $0.name.hasPrefix("timm/") }.count)
  }

  @Test("impossible options are usage errors that name the option")
  func usage() throws {
    for (arguments, word) in [
      (["models", "--width", "2"], "--width needs --model"),
      (["models", "--depth", "2"], "--depth needs --model"),
      (["models", "--resolution", "64"], "--resolution needs --model"),
      (["models", "--classes", "2"], "--classes needs --model"),
      (["models", "--all", "--model", "b0"], "use one of them"),
      (["models", "--model", "b0", "--width", "0"], "--width is 0.0; it must be from 0.01 to 20"),
      (["models", "--model", "b0", "--width", "-1"], "--width is -1.0"),
      (["models", "--model", "b0", "--width", "nan"], "--width is nan"),
      (["models", "--model", "b0", "--depth", "inf"], "--depth is inf"),
      (["models", "--model", "b0", "--resolution", "0"], "--resolution is 0"),
      (["models", "--model", "b0", "--classes", "0"], "--classes is 0"),
      (["models", "--model", "b0", "--channels", "9999"], "--channels is 9999"),
      (["models", "--model", "b0", "--dropout", "1"], "--dropout is 1.0"),
      (["models", "--model", "timm/efficientnet_b99"], "'timm/efficientnet_b0'"),
      (["models", "--model", ""], "no network is named ''"),
      (["summary"], "no network given; name one, such as b0"),
      (["summary", "b0", "--model", "b1"], "b0 and --model b1 both name a network"),
      (["summary", "b99"], "there is no file of this name; 'effnet models --all' lists all names"),
      (["summary", "runs/train/none"], "there is no file or folder runs/train/none"),
      (
        ["summary", "--model", "b0", "--json", "--csv"], "--json and --csv cannot be used together"
      ),
      (["summary", "--model", "ada/net.in1k"], "'effnet pull ada/net.in1k'"),
    ] {
      try bench.expectFailure(arguments, status: 2, word)
    }
    try bench.expectFailure(
      ["summary", "--model", "b0", "--resolution", "8192"], status: 1, "memory for feature maps",
      "lower the resolution")
  }

  // MARK: summary

  @Test(
    "the sums of the layers equal the totals",
    arguments: ["b0", "edgetpu-s", "v2-b0", "mnasnet-small", "article-b0"])
  func sums(name: String) throws {
    let summary = try bench.json(Summary.self, "summary", "--model", name, "--json")
    let architecture = try PublishedNetwork(named: name).architecture
    let graph = Graph(architecture)
    #expect(summary.model == name && summary.classes == 1000)
    #expect(summary.input == [architecture.resolution, architecture.resolution, 3])
    #expect(summary.parameters == graph.parameterCount)
    #expect(summary.layers.reduce(0) { $0 + $1.parameters } == summary.parameters)
    #expect(summary.macs == graph.multiplyAdds(input: architecture.inputShape).reduce(0, +))
    #expect(summary.layers.reduce(0) { $0 + $1.macs } == summary.macs)
    #expect(summary.layers.reduce(0) { $0 + $1.activation_bytes } == summary.activation_bytes)
    for layer in summary.layers {
      #expect(layer.output.count == 3)
      #expect(layer.activation_bytes == 4 * layer.output.reduce(1, *))
    }
    #expect(Set(summary.layers.map(\.name)).count == summary.layers.count)
    #expect(summary.layers.last?.name == "classifier")
    #expect(summary.layers.last?.output == [1, 1, 1000])
  }

  @Test("text, CSV and JSON have the same values")
  func forms() throws {
    let model = try bench.network(.tiny("tiny-silu"))
    let summary = try bench.json(Summary.self, "summary", "--model", model, "--json")
    let csv = try bench.effnet("summary", "--model", model, "--csv").lines
    #expect(csv[0] == "name,operation,output,parameters,macs,activation_bytes")
    #expect(csv.count == summary.layers.count + 1)
    for (line, layer) in zip(csv.dropFirst(), summary.layers) {
      let output = layer.output.map(String.init).joined(separator: "x")
      #expect(
        line == "\(layer.name),\"\(layer.operation)\",\(output),\(layer.parameters),"
          + "\(layer.macs),\(layer.activation_bytes)")
    }
    let text = try bench.effnet("summary", "--model", model).lines
    #expect(text[0] == "tiny-silu, input 33×33×3, 17 classes")
    #expect(text.count == summary.layers.count + 3)
    #expect(text[2].hasPrefix("conv_stem") && text[2].contains("17×17×12"))
    #expect(text.last?.hasPrefix("total") == true)
  }

  @Test("pooled skips are named")
  func pooledSkips() throws {
    let model = try bench.network(.tiny("tiny-pool"))
    let table = try bench.effnet("models", "--model", model).lines
    #expect(table.count { $0.contains(", pooled skip") } == 4)
    let summary = try bench.json(Summary.self, "summary", "--model", model, "--json")
    let pools = summary.layers.filter { $0.name.hasSuffix("0.pool") && !$0.name.contains("se") }
    #expect(pools.map(\.operation) == Array(repeating: "average pool 3×3 /2", count: 3))
    #expect(pools.map(\.output) == [[10, 10, 12], [5, 5, 12], [3, 3, 52]])
    #expect(pools.allSatisfy { $0.parameters == 0 && $0.macs == 0 })
  }

  @Test("a weight file can replace --model, also at another resolution")
  func weights() throws {
    let weights = try bench.described(.tiny("tiny-fused"))
    let own = try bench.json(Summary.self, "summary", "--weights", weights, "--json")
    #expect(own.model == "tiny-fused" && own.input == [35, 35, 3] && own.classes == 9)
    let larger = try bench.json(
      Summary.self, "summary", "--weights", weights, "--resolution", "70", "--json")
    #expect(larger.input == [70, 70, 3] && larger.parameters == own.parameters)
    #expect(larger.macs > 3 * own.macs)
    try bench.expectFailure(
      ["summary", "--weights", bench.path("none.safetensors")], status: 1, "none.safetensors",
      "No such file")
  }

  // MARK: Custom networks

  @Test(
    "a file that does not describe a network is refused by every command",
    arguments: [
      ("\"stem\": 12", "\"stem\": 12, \"steam\": 1", "unknown field 'steam'"),
      ("\"stem\": 12", "\"stem\": 0", "stem is 0; it must be 1 to 16384"),
      ("\"stem\": 12", "\"stem\": -4", "stem is -4"),
      ("\"stem\": 12", "\"stem\": 1e30", "number that is too large or not whole"),
      ("\"stem\": 12", "\"stem\": 12.5", "number that is too large or not whole"),
      ("\"head\": 50", "\"head\": 99999", "head is 99999"),
      ("\"resolution\": 33", "\"resolution\": 8192, \"x\": 1", "'x'"),
      ("{", "[", "it is not JSON"),
    ])
  func badNetworks(part: String, replacement: String, message: String) throws {
    var json = try Architecture.tiny("tiny-silu").json
    json.replaceSubrange(try #require(json.range(of: part)), with: replacement)
    let file = try bench.folder.file("my.json", contents: json).path
    let plain = try bench.foreign(.tiny("tiny-silu"), naming: .timm)
    let images = try bench.images(Architecture.tiny("tiny-silu").inputShape)
    for command in [
      ["models"], ["summary"], ["inspect", plain],
      ["convert", plain, bench.path("out.safetensors")],
      ["run", "--weights", plain, "--input", images, "--output", bench.path("y.npy")],
      ["classify", "a.jpg", "--weights", plain],
    ] {
      try bench.expectFailure(command + ["--model", file], status: 1, file, message)
    }
  }

  @Test("the error names a network file that cannot be read")
  func unreadable() throws {
    let missing = bench.path("missing.json")
    try bench.expectFailure(["summary", "--model", missing], status: 1, missing, "No such file")
    try bench.folder.make("folder.json")
    try bench.expectFailure(
      ["summary", "--model", bench.path("folder.json")], status: 1, "folder.json")
    let empty = try bench.folder.file("empty.json").path
    try bench.expectFailure(["models", "--model", empty], status: 1, empty)
    try bench.expectFailure(
      ["classify", "a.jpg", "--model", bench.network(.tiny("tiny-silu"))], status: 2,
      "has no weights; name a weight file with --weights")
  }
}

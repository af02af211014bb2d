import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("Networks as JSON")
struct ArchitectureJSONTests {
  private func read(_ json: String) throws -> Architecture {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "effnet-\(UUID().uuidString).json").path
    try Data(json.utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try Architecture(json: path)
  }

  @Test("the JSON of every variant is read back", arguments: Variant.all.map(\.name))
  func roundTrip(name: String) throws {
    let architecture = try Variant(named: name).architecture
    #expect(try read(architecture.json) == architecture)
    let encoded = try JSONEncoder().encode(architecture)
    #expect(try JSONDecoder().decode(Architecture.self, from: encoded) == architecture)
  }

  @Test("the JSON of tiny networks is read back", arguments: Architecture.tiny)
  func tiny(architecture: Architecture) throws {
    #expect(try read(architecture.json) == architecture)
  }

  @Test("a missing head is written as null, and the default skip is left out")
  func headless() throws {
    let json = try Variant(named: "mobilenet-v1").architecture.json
    #expect(json.contains("\"head\": null"))
    #expect(!json.contains("skip"))
  }

  @Test(
    "a skip operation is written only if it is not the block's default",
    arguments: zip(Stage.Skip.allCases, ["", "\"skip\": \"pool\"", "\"skip\": false"]))
  func writesSkip(skip: Stage.Skip, field: String) throws {
    var architecture = Architecture.tiny[0]
    architecture.stages[1].skip = skip
    let lines = architecture.json.split(separator: "\n").filter { $0.contains("\"skip\"") }
    #expect(lines.count == (field.isEmpty ? 0 : 1) && lines.allSatisfy { $0.contains(field) })
    #expect(try read(architecture.json) == architecture)
    let encoded = try JSONEncoder().encode(architecture)
    #expect(try JSONDecoder().decode(Architecture.self, from: encoded) == architecture)
  }

  @Test(
    "a skip operation is read as a name or as a Boolean",
    arguments: [
      ("true", .identity), ("false", .none), ("\"identity\"", .identity), ("\"none\"", .none),
      ("\"pool\"", .pool),
    ] as [(String, Stage.Skip)])
  func readsSkip(value: String, skip: Stage.Skip) throws {
    let json = try Variant(named: "b0").architecture.json.replacing(
      "\"mbConv\", \"expand\": 1,", with: "\"mbConv\", \"skip\": \(value), \"expand\": 1,")
    #expect(try read(json).stages[0].skip == skip)
  }

  @Test(
    "only MBConv and fused MBConv blocks may have pooled skips", arguments: Stage.Block.allCases)
  func pooledSkips(block: Stage.Block) throws {
    var architecture = Architecture.tiny[0]
    var stage = Stage.separable(kernel: 3, stride: 1, channels: 8, repeats: 1)
    (stage.block, stage.skip) = (block, .pool)
    if block == .articleMBConv { stage.squeeze = 0.5 }
    architecture.stages = [stage]
    switch block {
    case .mbConv, .fusedMBConv: try architecture.validate()
    case .articleMBConv, .separable, .bottleneck:
      let error = #expect(throws: ArchitectureError.self) { try architecture.validate() }
      #expect(error?.field == "stages[0].skip" && error?.value == "\"pool\"")
    }
  }

  @Test("a field that a block does not use is refused", arguments: Stage.Block.allCases)
  func contradictions(block: Stage.Block) throws {
    var architecture = Architecture.tiny[0]
    var stage = Stage.separable(kernel: 3, stride: 1, channels: 8, repeats: 1)
    (stage.block, stage.expandedFrom) = (block, 8)
    if block == .articleMBConv { stage.squeeze = 0.5 }
    architecture.stages = [stage]
    switch block {
    case .mbConv, .fusedMBConv, .articleMBConv: try architecture.validate()
    case .separable, .bottleneck:
      let error = #expect(throws: ArchitectureError.self) { try architecture.validate() }
      #expect(error?.field == "stages[0].expandedFrom")
    }
  }

  @Test(
    "an error names the wrong field",
    arguments: [
      ("\"kernel\": 3", "\"kernle\": 3", "'stages[0]': unknown field 'kernle'"),
      ("\"stem\": 32", "\"stem\": 0", "stem is 0; it must be 1 to 16384"),
      ("\"stem\": 32", "\"stem\": 32, \"depth\": 2", "unknown field 'depth'"),
      ("\"stem\": 32,", "", "'stem' is missing"),
      ("\"stride\": 2", "\"stride\": 3", "stages[1].stride is 3; it must be 1 or 2"),
      ("\"expand\": 6", "\"expand\": \"6\"", "'stages[1].expand' has a value of the wrong type"),
      (
        "\"mbConv\"", "\"resNet\"",
        "'stages[0].block': 'resNet' is unknown; use mbConv, fusedMBConv, articleMBConv, separable or bottleneck"
      ),
      (
        "\"silu\"", "\"swish\"",
        "'activation': 'swish' is unknown; use identity, relu, relu6, silu or sigmoid"
      ),
      ("\"same\"", "\"valid\"", "'padding': 'valid' is unknown; use same or symmetric"),
      ("\"silu\"", "1", "'activation' has a value of the wrong type"),
      ("\"squeeze\": 0.25", "\"squeeze\": 2.5", "stages[0].squeeze is 2.5"),
      ("\"resolution\": 224", "\"resolution\": 8000", "memory for feature maps"),
      (
        "\"name\": \"b0\"", "\"name\": \"a\\u001b[31m\"", "it must be 1 to 200 printable characters"
      ),
      ("\"mbConv\"", "\"fusedMBConv\"", "a fused block that does not expand has none"),
      (
        "\"mbConv\", \"expand\": 1, \"kernel\": 3, \"stride\": 1, \"channels\": 16, \"repeats\": 1, \"squeeze\": 0.25",
        "\"articleMBConv\", \"expand\": 1, \"kernel\": 3, \"stride\": 1, \"channels\": 16, \"repeats\": 1",
        "the article's block always has one"
      ),
      (
        "\"mbConv\", \"expand\": 1, \"kernel\": 3, \"stride\": 1, \"channels\": 16, \"repeats\": 1, \"squeeze\": 0.25",
        "\"fusedMBConv\", \"expand\": 2, \"kernel\": 31, \"stride\": 1, \"channels\": 8000, \"repeats\": 2",
        "parameters is"
      ),
      (
        "\"mbConv\", \"expand\": 1", "\"separable\", \"expand\": 1",
        "stages[0].squeeze is 0.25; it must be left out: a separable block has none"
      ),
      (
        "\"mbConv\", \"expand\": 6", "\"separable\", \"expand\": 6",
        "stages[1].expand is 6; it must be 1: a separable block does not expand"
      ),
      (
        "\"mbConv\", \"expand\": 1", "\"separable\", \"skip\": true, \"expand\": 1",
        "stages[0].skip is true; it must be left out: a separable block adds nothing"
      ),
      (
        "\"mbConv\", \"expand\": 6", "\"bottleneck\", \"skip\": \"pool\", \"expand\": 6",
        "stages[1].skip is \"pool\"; it must be true or false: only mbConv and fusedMBConv blocks pool"
      ),
      (
        "\"mbConv\", \"expand\": 1", "\"mbConv\", \"skip\": \"max\", \"expand\": 1",
        "'stages[0].skip': 'max' is unknown; use identity, pool or none"
      ),
      (
        "\"mbConv\", \"expand\": 1", "\"mbConv\", \"skip\": 1, \"expand\": 1",
        "'stages[0].skip' has a value of the wrong type"
      ),
      (
        "\"mbConv\", \"expand\": 6", "\"bottleneck\", \"expand\": 6",
        "stages[1].squeeze is 0.25; it must be left out: a bottleneck block has none"
      ),
      (",\n  \"head\": 1280", "", "'head' is missing"),
      ("\"head\": 1280", "\"head\": 0", "head is 0; it must be 1 to 16384"),
      ("\"dropout\": 0.2", "\"dropout\": 1e999", "it is not JSON"),
      ("{\n", "{{", "it is not JSON"),
      (
        "}\n  ],", "},\n  ],",
        ".json is not a network: line 20, column 111 has a comma before ']'; remove the comma"
      ),
    ])
  func mistakes(part: String, replacement: String, message: String) throws {
    var json = try Variant(named: "b0").architecture.json
    json.replaceSubrange(try #require(json.range(of: part)), with: replacement)
    let error = #expect(throws: ArchitectureError.self) { try read(json) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }
}

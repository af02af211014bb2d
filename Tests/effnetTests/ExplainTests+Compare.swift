import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

/// Several networks next to each other.
extension ExplainTests {
  @Test("several networks are shown side by side, for the class of the first")
  func compare() throws {
    let wide = try bench.described(Architecture.tiny("tiny-fused"))
    let line = try bench.json(
      Line.self, "explain", "\(photos)/cat.png", "--compare", "\(weights),\(wide)", "--json", "-o",
      bench.path("out"), "--class", "thing 2")
    let parts = try #require(line.explanations)
    #expect(parts.map(\.model) == ["tiny-silu.safetensors", "tiny-fused.safetensors"])
    #expect(parts.map(\.network) == ["tiny-silu", "tiny-fused"])
    #expect(parts.allSatisfy { $0.index == 2 })
    // The picture of one network keeps its own file.
    #expect(line.sheet == bench.path("out/photos-cat.explained.cam.compare.png"))
    // Networks with the same classes explain the first network's prediction.
    for name in ["a", "b"] {
      try bench.folder.make(name)
      try Data("{}".utf8).write(to: URL(filePath: bench.path("\(name)/config.json")))
    }
    var other = try Formula.model(Architecture.tiny("tiny-silu"))
    try other.write(to: bench.path("a/best.safetensors"))
    let bias = try #require(other.weights.tensors["classifier.bias"])
    other.weights.tensors["classifier.bias"] = WeightTensor(
      shape: bias.shape, elements: bias.elements.reversed())
    try other.write(to: bench.path("b/best.safetensors"))
    // The folder of a run names its best weights.
    let runs = try bench.json(
      Line.self, "explain", "\(photos)/cat.png", "--compare",
      "\(bench.path("a/best.safetensors")),\(bench.path("b"))", "--json", "-o", bench.path("out"))
    #expect(try #require(runs.explanations).map(\.model) == ["a", "b"])
    for name in ["a", "b"] {
      try bench.folder.move("\(name)/best.safetensors", to: "\(name)/mine.safetensors")
    }
    let names = ["a", "b"].map { bench.path("\($0)/mine.safetensors") }
    let both = try bench.json(
      Line.self, "explain", "\(photos)/cat.png", "--compare", names.joined(separator: ", "),
      "--json", "--top", "2", "-o", bench.path("out"))
    let rows = try #require(both.explanations)
    #expect(rows.map(\.model) == names + names)
    #expect(rows[0].index == rows[1].index && rows[2].index == rows[3].index)
    #expect(rows[0].probability > rows[2].probability)
    let start = ["explain", "\(photos)/cat.png", "-o", bench.path("out"), "--compare"]
    try bench.expectFailure(
      start + ["\(weights),\(wide)", "--class", "12"], status: 2,
      "tiny-fused.safetensors has no class 'thing 12'")
    try bench.expectFailure(
      start + ["\(weights),\(weights)"], status: 2, "--compare names \(weights) twice")
    try bench.expectFailure(start + ["lite0,--help"], status: 2, "'--help' is not a network")
    try bench.expectFailure(
      start + [weights, "--measure"], status: 2, "--measure takes one network, since its numbers ")
  }

  @Test("networks with the same classes in another order explain the same class")
  func compareReordered() throws {
    var other = try Formula.model(.tiny("tiny-silu"))
    other.description.classes.reverse()
    let reversed = bench.path("reversed.safetensors")
    try other.write(to: reversed)
    let output = try CommandLineTool.effnet(
      "explain", "\(photos)/cat.png", "--compare", "\(weights),\(reversed)", "--json", "-o",
      bench.path("out"))
    #expect(output.status == 0 && !output.standardError.contains("note:"), "\(output)")
    let line = try output.json(Line.self)
    let parts = try #require(line.explanations)
    #expect(parts.count == 2 && parts[0].label == parts[1].label)
    #expect(parts[0].index + parts[1].index == other.description.classes.count - 1)
  }

  @Test("a class with a number as its name is not the class of this number in another network")
  func compareNumberedNames() throws {
    var other = try Formula.model(.tiny("tiny-silu"))
    other.description.classes = other.description.classes.indices.map {
      ClassLabel(name: "\($0 + 3)")
    }
    let numbered = bench.path("numbered.safetensors")
    try other.write(to: numbered)
    try bench.expectFailure(
      [
        "explain", "\(photos)/cat.png", "-o", bench.path("out"), "--compare",
        "\(numbered),\(weights)", "--class", "5",
      ], status: 2, "tiny-silu.safetensors has no class '5'")
  }

  @Test(
    "networks with different classes explain their own best classes, and a note says so",
    arguments: [true, false])
  func compareOwn(isDisjoint: Bool) throws {
    var other = try Formula.model(.tiny("tiny-fused"))
    if isDisjoint {
      other.description.classes = other.description.classes.indices.map {
        ClassLabel(name: "bird \($0)")
      }
    }
    let wide = bench.path("birds.safetensors")
    try other.write(to: wide)
    func best(_ weights: String) throws -> [Line.Part] {
      try #require(
        try bench.json(
          Line.self, "explain", "\(photos)/cat.png", "--weights", weights, "--top", "2", "--json",
          "-o", bench.path("alone")
        ).explanations)
    }
    let output = try CommandLineTool.effnet(
      "explain", "\(photos)/cat.png", "--compare", "\(weights),\(wide)", "--top", "2", "--json",
      "-o", bench.path("out"))
    #expect(output.status == 0)
    #expect(
      output.standardError.contains(
        "note: tiny-silu.safetensors (17 classes) and birds.safetensors "
          + "(\(other.description.classes.count) classes) have "
          + (isDisjoint ? "no class in common, so each network " : "different classes, so each ")),
      "\(output.standardError)")
    #expect(output.standardError.contains(" explains its own most probable classes"))
    let parts = try #require(try lines(output)[0].explanations)
    let (own, theirs) = (try best(weights), try best(wide))
    let names = ["tiny-silu.safetensors", "birds.safetensors"]
    #expect(parts.map(\.model) == names + names)
    #expect(parts.map(\.label) == [own[0], theirs[0], own[1], theirs[1]].map(\.label))
    // A class that no network has.
    let start = ["explain", "\(photos)/cat.png", "--compare", "\(weights),\(wide)", "--class"]
    try bench.expectFailure(
      start + ["zebra"], status: 2,
      "tiny-silu.safetensors and birds.safetensors have no class 'zebra'; ")
    guard isDisjoint else { return }
    try bench.expectFailure(
      start + ["thing 3"], status: 2, "birds.safetensors has no class 'thing 3'")
    try bench.expectFailure(
      start + ["bird 3"], status: 2, "tiny-silu.safetensors has no class 'bird 3'")
  }
}

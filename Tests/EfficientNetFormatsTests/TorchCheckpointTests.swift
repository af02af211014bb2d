import EfficientNet
import EfficientNetFormats
import Testing

/// Checkpoints of torch 2.15 (Fixtures/make_torch_files.py); the elements of a tensor count up in
/// quarters.
@Suite struct TorchCheckpointTests {
  private func load(_ name: String, prefersEMA: Bool = true) throws(WeightsError) -> Weights {
    try Weights(torchCheckpoint: Fixture.path(name), prefersEMA: prefersEMA)
  }

  private func counting(from start: Float, _ count: Int) -> [Float] {
    (0..<count).map { start + Float($0) / 4 }
  }

  /// The description of the error of loading, without the folder.
  private func message(_ name: String) -> String {
    do {
      return "loaded: \(try load(name).names)"
    } catch {
      let text = error.description
      #expect(!text.contains("\n"))
      guard let range = text.firstRange(of: name) else { return text }
      return String(text[range.lowerBound...])
    }
  }

  @Test(arguments: [
    "plain.zip.pth", "plain.legacy.pth", "protocol4.zip.pth", "protocol4.legacy.pth",
    "parallel.pth", "deflated.pth",
  ])
  func readsEveryForm(name: String) throws {
    let weights = try load(name)
    #expect(weights.names == ["bn.bias", "conv.weight", "empty", "scale"])
    #expect(weights.tensors["conv.weight"]?.shape == [4, 3, 3, 3])
    #expect(weights.tensors["conv.weight"]?.elements == counting(from: 1, 108))
    #expect(weights.tensors["bn.bias"]?.elements == counting(from: 2, 4))
    #expect(weights.tensors["scale"]?.shape == [])
    #expect(weights.tensors["scale"]?.elements == [3])
    #expect(weights.tensors["empty"]?.shape == [0, 3])
  }

  @Test(arguments: ["plain.zip.pth", "plain.legacy.pth"])
  func readsFromMemory(name: String) throws {
    let weights = try Weights(torchCheckpoint: try Fixture.bytes(name), source: "memory")
    #expect(weights.source == "memory")
    #expect(weights.tensors["bn.bias"]?.elements == counting(from: 2, 4))
  }

  @Test(arguments: ["types.zip.pth", "types.legacy.pth"])
  func widensTypes(name: String) throws {
    let weights = try load(name)
    #expect(weights.tensors["half"]?.elements == counting(from: 1, 5))
    #expect(weights.tensors["bfloat"]?.elements == counting(from: 2, 5))
    #expect(weights.tensors["double"]?.elements == counting(from: 3, 5))
  }

  @Test(arguments: ["views.zip.pth", "views.legacy.pth"])
  func followsStrides(name: String) throws {
    let tensors = try load(name).tensors
    let base = counting(from: 1, 24)
    #expect(tensors["whole"]?.elements == base)
    #expect(tensors["row"]?.elements == Array(base[12..<18]))
    #expect(tensors["transposed"]?.shape == [6, 4])
    #expect(
      tensors["transposed"]?.elements
        == (0..<6).flatMap { column in (0..<4).map { row in base[row * 6 + column] } })
    #expect(
      tensors["columns"]?.elements
        == (0..<4).flatMap { row in [1, 3, 5].map { column in base[row * 6 + column] } })
    let three = counting(from: 2, 24)
    #expect(tensors["permuted"]?.shape == [4, 2, 3])
    #expect(
      tensors["permuted"]?.elements
        == (0..<4).flatMap { k in (0..<6).map { ij in three[ij * 4 + k] } })
    #expect(tensors["last"]?.elements == counting(from: 3, 120))
  }

  @Test func findsTheStateDictionary() throws {
    for name in ["training.pth", "torchvision.pth"] {
      #expect(try load(name).tensors.mapValues(\.elements) == ["a": counting(from: 2, 2)])
      #expect(
        try load(name, prefersEMA: false).tensors.mapValues(\.elements)
          == ["a": counting(from: 1, 2)])
    }
    #expect(try load("dictionary.pth").names == ["a", "b"])
  }

  /// Other values that `torch.load(weights_only=True)` reads, beside the weights and among them.
  @Test(arguments: ["harmless2.zip.pth", "harmless4.zip.pth", "harmless.legacy.pth"])
  func passesOverHarmlessValues(name: String) throws {
    #expect(
      try load(name).tensors.mapValues(\.elements)
        == ["a": counting(from: 1, 2), "b": counting(from: 2, 2)])
  }

  /// Values of types that weights cannot have: named if they are beside a network, refused among
  /// its tensors.
  @Test func reportsOtherTensors() throws {
    let weights = try load("beside.pth")
    #expect(weights.beside == ["metric.correct", "metric.seen"])
    #expect(
      weights.names == ["criterion.pos_weight", "model.bn1.weight", "model.conv_stem.weight"])
    let unwrapped = try Weights(weightFile: Fixture.path("beside.pth"))
    #expect(unwrapped.beside == ["criterion.pos_weight", "metric.correct", "metric.seen"])
    #expect(unwrapped.names == ["bn1.weight", "conv_stem.weight"])
    #expect(
      message("inside.pth")
        == "inside.pth has a tensor 'model.mask' of type Long; weights are Float, Half, BFloat16 or Double"
    )
  }

  @Test(arguments: [
    (
      "evil.zip.pth",
      "evil.zip.pth needs 'posix.system'; only tensors are read and nothing is executed"
    ),
    (
      "evil.legacy.pth",
      "evil.legacy.pth needs 'posix.system'; only tensors are read and nothing is executed"
    ),
    (
      "instance.pth",
      "instance.pth needs '__main__.Instance'; only tensors are read and nothing is executed"
    ),
    (
      "module.pth",
      "module.pth needs 'torch.nn.modules.linear.Linear'; "
        + "only tensors are read and nothing is executed"
    ),
    (
      "integer.pth",
      "integer.pth has a tensor 'mask' of type Int; weights are Float, Half, BFloat16 or Double"
    ),
    ("text.pth", "text.pth has a string under 'note' among its tensors"),
    (
      "other.pth",
      "other.pth has neither tensors nor a 'state_dict', but 'generator'; save model.state_dict()"
    ),
    ("list.pth", "list.pth holds a list, not a dictionary of tensors"),
    ("big-endian.pth", "big-endian.pth is not little-endian"),
    ("no-storage.pth", "no-storage.pth is damaged: it has no entry 'plain.zip/data/0'"),
    (
      "short-storage.pth",
      "short-storage.pth is damaged: storage '0' has 428 bytes, but its description states 432"
    ),
    ("bomb.pth", "bomb.pth has an entry 'plain.zip/data/0' of 1048576 bytes; expected at most 432"),
    ("deep.pth", "deep.pth holds a tuple, not a dictionary of tensors"),
    ("cycle.pth", "cycle.pth has a dictionary under 'model' among its tensors"),
    (
      "expanded.pth",
      "expanded.pth is damaged: a tensor 1099511627776 at element 0 does not fit into its storage "
        + "of 108 elements"
    ),
    ("make_torch_files.py", "make_torch_files.py is not a file of torch.save"),
    ("none.pth", "none.pth: No such file or directory"),
  ])
  func refuses(name: String, expected: String) {
    #expect(message(name) == expected)
  }

  @Test(arguments: ["plain.zip.pth", "plain.legacy.pth"])
  func refusesEveryTruncation(name: String) throws {
    let bytes = try Fixture.bytes(name)
    for count in bytes.indices {
      #expect(throws: WeightsError.self) {
        try Weights(torchCheckpoint: Array(bytes[..<count]), source: "cut")
      }
    }
  }
}

import EfficientNet
import EfficientNetTestSupport
import Testing

@Suite("Models with 8-bit weights and feature maps")
struct QuantizationTests {
  @Test("a model with codes is read as it was written", arguments: Architecture.tiny)
  func roundTrip(architecture: Architecture) throws {
    let folder = try TemporaryFolder()
    let model = try Formula.int8Model(architecture)
    try model.write(to: folder.path("w"))
    for read in [
      try Model(contentsOf: folder.path("w")),
      try Model(safetensors: folder.bytes("w"), source: "w"),
    ] {
      #expect(read.description == model.description)
      #expect(read.weights.names == model.weights.names)
      for name in model.weights.names {
        #expect(read.weights.tensors[name]?.elements == model.weights.tensors[name]?.elements)
        #expect(read.weights.tensors[name]?.scales == model.weights.tensors[name]?.scales)
      }
    }
    let line = "\(architecture.name), \(architecture.resolution) pixels, int8, "
    #expect("\(model.description)".hasPrefix(line))
  }

  @Test("a model with blocks in floats is read as it was written")
  func floatBlocks() throws {
    let folder = try TemporaryFolder()
    let floats = ["blocks.0.0", "blocks.2.1", "classifier"]
    let model = try Formula.int8Model(.tiny[0], floats: floats)
    try model.write(to: folder.path("w"))
    let read = try Model(contentsOf: folder.path("w"))
    #expect(read.description == model.description)
    #expect(read.description.quantization?.floats == floats)
    for name in model.weights.names {
      #expect(read.weights.tensors[name]?.elements == model.weights.tensors[name]?.elements)
      #expect(read.weights.tensors[name]?.scales == model.weights.tensors[name]?.scales)
    }
    #expect(read.weights.tensors["blocks.2.1.conv_pw.weight"]?.scales == nil)
    #expect(read.weights.tensors["blocks.2.0.conv_pw.weight"]?.scales != nil)
  }

  @Test(
    "wrong blocks in floats are refused",
    arguments: [
      (["blocks.9.0"], "include 'blocks.9.0', which the network does not have"),
      (["conv_stem"], "include 'conv_stem', which the network does not have"),
      ([""], "include '', which the network does not have"),
      (["conv_head", "conv_head"], "include 'conv_head' twice"),
      (["blocks.1.0.conv_pw"], "include 'blocks.1.0.conv_pw', which the network does not have"),
    ] as [([String], String)])
  func refusesFloats(floats: [String], expected: String) throws {
    let model = try Formula.int8Model(.tiny[0])
    var description = model.description
    description.quantization?.floats = floats
    let error = #expect(throws: WeightsError.self) {
      try Model(description, weights: model.weights)
    }
    #expect(
      error?.description == "the formula cannot be used: its blocks in floats \(expected)")
    let engineError = #expect(throws: WeightsError.self) {
      try Engine(
        .tiny[0], weights: model.weights, precision: .int8, quantization: description.quantization)
    }
    #expect(engineError?.description == error?.description)
  }

  @Test("maps that a block in floats reads have no codes, and blocks of int8 have codes of weights")
  func floatsWithoutCodes() throws {
    let model = try Formula.int8Model(.tiny[0])
    var mixed = try Formula.int8Model(.tiny[0], floats: ["blocks.1.0"])
    func error(_ maps: [String: Quantization.Codes]?) -> String? {
      var description = mixed.description
      description.quantization?.maps = maps ?? [:]
      return #expect(throws: WeightsError.self) {
        try Model(description, weights: mixed.weights)
      }?.description
    }
    #expect(
      error(model.description.quantization?.maps)
        == "the formula is damaged: it has codes for the feature map of 'blocks.0.0.conv_pw', which "
        + "a block in floats reads, so it must have none")
    var maps = mixed.description.quantization?.maps
    maps?["conv_head"] = Quantization.Codes(scale: 1, zeroPoint: 0)
    #expect(
      error(maps)
        == "the formula is damaged: it has codes for the feature map of 'conv_head', which the "
        + "network does not have")
    mixed.description.quantization?.floats = []
    let bare = #expect(throws: WeightsError.self) {
      try Model(mixed.description, weights: mixed.weights)
    }
    #expect(bare?.description.contains("tensor 'blocks.1.0.conv_pw.weight' is not") == true)
  }

  @Test(
    "weights of the stem and of blocks in floats have no codes, neither do their gates",
    arguments: [
      ("conv_stem.weight", "only weights of blocks, the head and the classifier can be"),
      ("blocks.1.0.conv_pw.weight", "its block is one of those in floats"),
      ("blocks.1.0.se.conv_reduce.weight", "its block is one of those in floats"),
    ])
  func wrongCodes(name: String, reason: String) throws {
    let model = try Formula.int8Model(.tiny[0], floats: ["blocks.1.0"])
    var weights = model.weights
    weights.tensors[name] = weights.tensors[name]?.rounded
    let error = #expect(throws: WeightsError.self) {
      try Model(model.description, weights: weights)
    }
    #expect(
      error?.description == "the formula is damaged: tensor '\(name)' is int8, but \(reason)")
    // Those of squeeze-and-excitation in other blocks may have codes or not.
    var others = model.weights
    let gate = "blocks.2.0.se.conv_reduce.weight"
    others.tensors[gate] = others.tensors[gate]?.withoutScales
    _ = try Model(model.description, weights: others)
  }

  @Test("the stem keeps floats; squeeze-and-excitation may have codes")
  func codedWeights() {
    #expect(
      Graph(.tiny[0]).codedWeights().prefix(6) == [
        "blocks.0.0.conv_dw.weight", "blocks.0.0.conv_pw.weight", "blocks.1.0.conv_pw.weight",
        "blocks.1.0.conv_dw.weight", "blocks.1.0.conv_pwl.weight", "blocks.1.1.conv_pw.weight",
      ])
    for architecture in Architecture.tiny {
      let names = Graph(architecture).codedWeights()
      #expect(names.last == "classifier.weight")
      #expect(!names.contains { $0.contains(".se.") || $0.hasPrefix("conv_stem") })
      let others = Graph(architecture).weightsWithCodes().filter { !names.contains($0) }
      #expect(others.allSatisfy { $0.contains(".se.") && $0.hasSuffix(".weight") })
    }
  }

  @Test("codes of weights and of feature maps need each other")
  func incomplete() throws {
    let model = try Formula.int8Model(.tiny[0])
    var description = model.description
    description.quantization = nil
    let bare = #expect(throws: WeightsError.self) {
      try Model(description, weights: model.weights)
    }
    #expect(
      bare?.description
        == "the formula is damaged: tensor 'blocks.0.0.conv_dw.weight' is int8, but the codes of "
        + "the feature maps are missing")
    var weights = model.weights
    weights.tensors["conv_head.weight"] = weights.tensors["conv_head.weight"]?.withoutScales
    let missing = #expect(throws: WeightsError.self) {
      try Model(model.description, weights: weights)
    }
    #expect(
      missing?.description
        == "the formula is damaged: its feature maps are int8, but tensor 'conv_head.weight' is "
        + "not")
  }

  @Test("a model without quantization is written as floats, without a trace of codes")
  func floats() throws {
    let folder = try TemporaryFolder()
    var model = try Formula.int8Model(.tiny[0])
    model.description.quantization = nil
    try model.write(to: folder.path("w"))
    #expect(try encodedJSON(model.description).contains("quantization") == false)
    let read = try Model(contentsOf: folder.path("w"))
    #expect(read.weights.names == model.weights.names)
    for (name, tensor) in read.weights.tensors {
      #expect(tensor.scales == nil)
      #expect(tensor.elements == model.weights.tensors[name]?.elements)
    }
  }

  @Test(
    "numbers out of range are refused",
    arguments: [
      (0, 0, "scale 0.0; it must be from 1e-30 to 1e8"),
      (-1, 0, "scale -1.0; it must be from 1e-30 to 1e8"),
      (.nan, 0, "scale nan; it must be from 1e-30 to 1e8"),
      (.infinity, 0, "scale inf; it must be from 1e-30 to 1e8"),
      (2e8, 0, "scale 2e+08; it must be from 1e-30 to 1e8"),
      (1e-31, 0, "scale 1e-31; it must be from 1e-30 to 1e8"),
      (1, -1, "zero point -1; it must be from 0 to 255"),
      (1, 256, "zero point 256; it must be from 0 to 255"),
    ] as [(Float, Int, String)])
  func refuses(scale: Float, zeroPoint: Int, expected: String) throws {
    let model = try Formula.int8Model(.tiny[0])
    var description = model.description
    description.quantization?.maps["bn1"] = Quantization.Codes(scale: scale, zeroPoint: zeroPoint)
    let error = #expect(throws: WeightsError.self) {
      try Model(description, weights: model.weights)
    }
    #expect(
      error?.description
        == "the formula cannot be used: the feature map of 'bn1' has the \(expected)")
  }

  @Test("the JSON has the fields of the documentation, and no others")
  func json() throws {
    let quantization = Quantization(
      maps: ["bn1": Quantization.Codes(scale: 0.5, zeroPoint: 3)], calibration: "10 photos")
    let text = try encodedJSON(quantization)
    #expect(text == #"{"calibration":"10 photos","maps":{"bn1":{"scale":0.5,"zeroPoint":3}}}"#)
    #expect(try decodedJSON(Array(text.utf8)) == quantization)
    var mixed = quantization
    mixed.floats = ["conv_head"]
    let words = try encodedJSON(mixed)
    #expect(words == text.replacing("\"maps\"", with: "\"floats\":[\"conv_head\"],\"maps\""))
    #expect(try decodedJSON(Array(words.utf8)) == mixed)
    for (field, other) in [("zeroPoint", "zero_point"), ("calibration", "photos")] {
      let changed = text.replacing("\"\(field)\"", with: "\"\(other)\"")
      let error = #expect(throws: FieldError.self) {
        _ = try decodedJSON(Array(changed.utf8)) as Quantization
      }
      #expect(error?.description.contains("unknown field '\(other)'") == true)
    }
  }

  @Test("a network for other classes, channels or pixels has floats of the same values")
  func adaptation() throws {
    let model = try Formula.int8Model(.tiny[0])
    let name = "conv_head.weight"
    var generator = SeededGenerator(seed: 1)
    for adapted in [
      try model.withNewHead(classes: model.description.classes, using: &generator),
      try model.withInputChannels(1), try model.withResolution(40),
    ] {
      #expect(adapted.description.quantization == nil)
      #expect(adapted.weights.tensors[name]?.elements == model.weights.tensors[name]?.elements)
      #expect(adapted.weights.tensors.values.allSatisfy { $0.scales == nil })
      _ = try Model(adapted.description, weights: adapted.weights)
    }
    let untrained = try Model(
      untrained: model.description, classes: model.description.classes, seed: 1)
    #expect(untrained.description.quantization == nil)
    let same = try model.withResolution(33).withInputChannels(3)
    #expect(same.description == model.description)
    #expect(same.weights.tensors[name]?.scales == model.weights.tensors[name]?.scales)
  }
}

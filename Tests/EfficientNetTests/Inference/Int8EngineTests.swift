import EfficientNetTestSupport
import Testing

@testable import EfficientNet

@Suite("Engine of a quantized network")
struct Int8EngineTests {
  private static let networks = Architecture.tiny + Architecture.unusual + GroupTests.networks

  @Test(
    "results are bit-identical for all instruction sets and threads, with kept and observed maps",
    arguments: networks)
  func bits(architecture: Architecture) throws {
    let (weights, quantization) = try Formula.quantized(architecture)
    let image = Formula.images(architecture.inputShape)
    func engine(_ set: InstructionSet?, outputs: [String]? = nil) throws -> Engine {
      try Engine(
        architecture, weights: weights, precision: .int8, quantization: quantization,
        outputs: outputs, instructionSet: set)
    }
    func logits(_ engine: Engine, threads: Int) -> [Float] {
      var session = engine.makeSession(pool: ThreadPool(threads: threads))
      return session.run(image).elements
    }
    let expected = try logits(engine(.scalar), threads: 1)
    #expect(expected.allSatisfy(\.isFinite) && Set(expected).count > 1)
    for set in InstructionSet.available {
      for threads in 1...2 {
        #expect(try logits(engine(set), threads: threads) == expected, "\(set), \(threads)")
      }
    }
    let stages = architecture.stageNames.filter { $0 != "conv_head" }
    #expect(try logits(engine(nil, outputs: stages), threads: 2) == expected, "kept")
    let observer = try Engine(
      observing: architecture, weights: weights, precision: .int8, quantization: quantization,
      pool: nil)
    var session = observer.makeSession(pool: ThreadPool(threads: 2))
    var names: [String] = []
    #expect(session.observe(image) { name, _, _ in names.append(name) } == expected, "observed")
    #expect(names.count == quantization.maps.count && Set(names) == Set(quantization.maps.keys))
  }

  @Test(
    "each map has the nearest codes of what the reference runner computes from the maps before it",
    arguments: networks)
  func matchesReference(architecture: Architecture) throws {
    let (weights, quantization) = try Formula.quantized(architecture)
    let image = Formula.images(architecture.inputShape)
    let engine = try Engine(
      observing: architecture, weights: weights, precision: .int8, quantization: quantization,
      pool: nil)
    var session = engine.makeSession(pool: ThreadPool(threads: 1))
    var maps: [String: Tensor] = [:]
    let logits = session.observe(image) { name, shape, elements in
      maps[name] = Tensor(shape: shape, elements: elements)
    }
    let runner = try ReferenceRunner(architecture, weights: weights)
    let layers = runner.graph.fusedLayers(keeping: []).map {
      ($0.output, runner.graph.nodes[$0.node].name)
    }
    let names = Dictionary(uniqueKeysWithValues: layers)
    var compared = 0
    let values = runner.values(image) { node, value in
      guard let name = names[node], let codes = quantization.maps[name], let map = maps[name] else {
        return value
      }
      compared += 1
      let range = Double(-codes.zeroPoint)...Double(255 - codes.zeroPoint)
      let differences = zip(map.elements, value.elements).map { found, exact in
        let code = min(max(Double(exact / codes.scale), range.lowerBound), range.upperBound)
        return abs(Double(found / codes.scale).rounded() - code)
      }
      // A half has two nearest codes, up to the rounding of floats; SiLU is 0.0018 off, and gates
      // have 16 bits.
      let silu = architecture.activation == .silu ? 0.0018 / Double(codes.scale) : 0
      let tolerance = 0.51 + silu + (name.hasSuffix(".scale") ? 0.05 : 0)
      #expect(map.shape == value.shape && (differences.max() ?? 0) < tolerance, "\(name)")
      return map
    }
    #expect(compared == quantization.maps.count)
    #expect(relativeError(logits, values.last?.elements ?? []) < 2e-5)
  }

  @Test("a model's engine has the model's number format")
  func ofModel() throws {
    let image = Formula.images(Architecture.tiny[0].inputShape)
    func logits(_ model: Model, _ precision: Precision?) throws -> Tensor {
      var session = try Engine(model, precision: precision).makeSession(
        pool: ThreadPool(threads: 1))
      return session.run(image)
    }
    let (model, int8) = try (Formula.model(.tiny[0]), Formula.int8Model(.tiny[0]))
    #expect(try logits(int8, nil) == logits(int8, .int8))
    #expect(try logits(model, nil) == logits(model, .float32))
    // The rounded weights are weights of floats, too.
    let (rounded, floats) = try (logits(int8, .int8), logits(int8, .float32))
    #expect(rounded != floats)
    #expect(relativeError(rounded.elements, floats.elements) < 0.3)
  }

  @Test("a network that is not quantized as a whole is refused")
  func refusals() throws {
    func reason(_ weights: Weights, _ quantization: Quantization?) -> String {
      let error = #expect(throws: WeightsError.self) {
        try Engine(
          .tiny[0], weights: weights, precision: .int8, quantization: quantization)
      }
      return error?.description ?? ""
    }
    let floats = Formula.weights(of: .tiny[0])
    let weights: Weights
    var quantization: Quantization
    (weights, quantization) = try Formula.quantized(.tiny[0])
    #expect(
      reason(floats, nil)
        == "the formula is not a quantized network, so it has no int8; quantize it with "
        + "'effnet quantize', and use it at its own resolution")
    #expect(reason(floats, quantization).contains("has no int8 weights for the layer 'blocks."))
    let layer = "blocks.1.0.conv_pwl"
    for name in [layer, "classifier"] {
      var partly = weights
      partly.tensors["\(name).weight"] = weights.tensors["\(name).weight"]?.withoutScales
      #expect(reason(partly, quantization).contains("has no int8 weights for the layer '\(name)'"))
    }
    quantization.maps[layer] = nil
    #expect(
      reason(weights, quantization).contains("has no codes for the outputs of the layer '\(layer)'")
    )
  }

  @Test("numbers whose sums may become infinite are refused, since a code would hide that")
  func tooLarge() throws {
    let (weights, quantization) = try Formula.quantized(.tiny[0])
    for name in ["conv_stem.weight", "blocks.1.0.se.conv_expand.weight", "bn2.bias"] {
      var weights = weights
      let shape = try #require(weights.tensors[name]?.shape)
      weights.tensors[name] = WeightTensor(
        shape: shape, elements: Array(repeating: 1e12, count: shape.reduce(1, *)))
      let error = #expect(throws: WeightsError.self) {
        try Engine(.tiny[0], weights: weights, precision: .int8, quantization: quantization)
      }
      #expect(error?.description.contains("'\(name)', with its batch norm; int8 takes") == true)
    }
  }

  @Test("a layer whose sums may overflow is refused")
  func tooManyInputs() throws {
    for (channels, isRefused) in [(1353, false), (1354, true)] {
      let wide = Architecture(
        name: "wide", resolution: 4, stem: channels,
        stages: [.fusedMBConv(expand: 1, kernel: 7, stride: 1, channels: 1, repeats: 1)],
        head: nil, classes: 2, activation: .relu, dropout: 0)
      let (weights, quantization) = try Formula.quantized(wide)
      func engine() throws {
        _ = try Engine(
          wide, weights: weights, precision: .int8, quantization: quantization)
      }
      guard isRefused else {
        try engine()
        continue
      }
      let error = #expect(throws: WeightsError.self) { try engine() }
      #expect(
        error?.description
          == "the formula has 66346 inputs for each output of 'blocks.0.0.conv'; int8 takes at most "
          + "66311")
    }
  }

  @Test("the layers of integers are those with codes, without the classifier, which reads floats")
  func layers() throws {
    for architecture in Self.networks {
      let layers = QuantizedLayer.all(of: architecture)
      let coded = Graph(architecture).codedWeights().filter { $0 != "classifier.weight" }
      #expect(Set(layers.map { "\($0.name).weight" }) == Set(coded))
      #expect(layers.count == coded.count)
      let maps = try Formula.quantized(architecture).quantization.maps
      #expect(layers.allSatisfy { maps[$0.input] != nil })
      #expect(layers.allSatisfy { $0.isDepthwise == $0.name.hasSuffix("conv_dw") })
    }
  }
}

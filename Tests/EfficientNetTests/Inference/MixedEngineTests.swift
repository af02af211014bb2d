import EfficientNetTestSupport
import Testing

@testable import EfficientNet

@Suite("Engine of a quantized network with blocks in floats")
struct MixedEngineTests {
  private static let networks = Architecture.tiny + Architecture.unusual + GroupTests.networks

  /// Every second block, those between them, and all after the first two: so all kinds of borders.
  private static func choices(_ architecture: Architecture) -> [[String]] {
    let names = architecture.roundedNames
    let places = names.indices
    return [
      places.filter { $0 % 2 == 0 }, places.filter { $0 % 2 == 1 }, places.filter { $0 >= 2 },
    ].map { $0.map { names[$0] } }
  }

  private func logits(_ engine: Engine, _ images: Tensor, threads: Int) -> [Float] {
    var session = engine.makeSession(
      pool: ThreadPool(threads: threads), maximumBatch: images.shape.n)
    return session.run(images).elements
  }

  @Test(
    "results are bit-identical for all instruction sets, threads and batches", arguments: networks)
  func bits(architecture: Architecture) throws {
    let image = Formula.images(architecture.inputShape)
    for floats in Self.choices(architecture) {
      let (weights, quantization) = try Formula.quantized(architecture, floats: floats)
      func engine(_ set: InstructionSet?, outputs: [String]? = nil) throws -> Engine {
        try Engine(
          architecture, weights: weights, precision: .int8, quantization: quantization,
          outputs: outputs, instructionSet: set)
      }
      let expected = try logits(engine(.scalar), image, threads: 1)
      #expect(expected.allSatisfy(\.isFinite) && Set(expected).count > 1)
      for set in InstructionSet.available {
        for threads in 1...2 {
          let found = try logits(engine(set), image, threads: threads)
          #expect(found == expected, "\(floats), \(set), \(threads)")
        }
      }
      let stages = architecture.stageNames.filter { $0 != "conv_head" }
      #expect(try logits(engine(nil, outputs: stages), image, threads: 2) == expected, "kept")
      let copies = Tensor(
        shape: Shape(n: 9, h: image.shape.h, w: image.shape.w, c: image.shape.c),
        elements: (0..<9).flatMap { _ in image.elements })
      #expect(
        try logits(engine(nil), copies, threads: 2) == (0..<9).flatMap { _ in expected }, "batch")
    }
  }

  @Test(
    "each map is what the reference runner computes from the maps before it, in the reader's format",
    arguments: networks)
  func matchesReference(architecture: Architecture) throws {
    for floats in Self.choices(architecture) {
      let (weights, quantization) = try Formula.quantized(architecture, floats: floats)
      let image = Formula.images(architecture.inputShape)
      let engine = try Engine(
        observing: architecture, weights: weights, precision: .int8, quantization: quantization,
        pool: nil)
      var session = engine.makeSession(pool: ThreadPool(threads: 1))
      var maps: [String: Tensor] = [:]
      let logits = session.observe(image) { name, shape, elements in
        maps[name] = Tensor(shape: shape, elements: elements)
      }
      #expect(Set(maps.keys) == architecture.codedMaps())
      let runner = try ReferenceRunner(architecture, weights: weights)
      let layers = runner.graph.fusedLayers(keeping: []).map {
        ($0.output, runner.graph.nodes[$0.node].name)
      }
      let names = Dictionary(uniqueKeysWithValues: layers)
      let values = runner.values(image) { node, value in
        guard let name = names[node], let map = maps[name] else { return value }
        guard let codes = quantization.maps[name] else {
          #expect(map.shape == value.shape, "\(name)")
          // Layers of codes approximate SiLU, with an error of 0.0018, only where codes follow.
          #expect(relativeError(map.elements, value.elements) < 2e-5, "\(name) of \(floats)")
          return map
        }
        let range = Double(-codes.zeroPoint)...Double(255 - codes.zeroPoint)
        let differences = zip(map.elements, value.elements).map { found, exact in
          let code = min(max(Double(exact / codes.scale), range.lowerBound), range.upperBound)
          return abs(Double(found / codes.scale).rounded() - code)
        }
        let silu = architecture.activation == .silu ? 0.0018 / Double(codes.scale) : 0
        let tolerance = 0.51 + silu + (name.hasSuffix(".scale") ? 0.05 : 0)
        #expect(
          map.shape == value.shape && (differences.max() ?? 0) < tolerance, "\(name) of \(floats)")
        return map
      }
      #expect(relativeError(logits, values.last?.elements ?? []) < 2e-5, "\(floats)")
    }
  }

  @Test("with all blocks in floats, the bits are those of fp32", arguments: networks)
  func allInFloats(architecture: Architecture) throws {
    let image = Formula.images(architecture.inputShape)
    let names = architecture.roundedNames
    #expect(Graph(architecture).codedWeights(floats: names).isEmpty)
    #expect(architecture.codedMaps(floats: names).isEmpty)
    let rounded = try Formula.quantized(architecture).weights
    for weights in [Formula.weights(of: architecture), rounded] {
      let quantization = Quantization(maps: [:], calibration: "", floats: names)
      let mixed = try Engine(
        architecture, weights: weights, precision: .int8, quantization: quantization)
      let floats = try Engine(architecture, weights: weights)
      #expect(logits(mixed, image, threads: 2) == logits(floats, image, threads: 2))
    }
  }

  @Test("other number formats take the weights of all blocks")
  func otherPrecisions() throws {
    let architecture = Architecture.tiny[0]
    let image = Formula.images(architecture.inputShape)
    let (weights, quantization) = try Formula.quantized(architecture, floats: ["blocks.1.0"])
    for precision in Precision.floatingPoint {
      let plain = try Engine(architecture, weights: weights, precision: precision)
      let mixed = try Engine(
        architecture, weights: weights, precision: precision, quantization: quantization)
      #expect(logits(mixed, image, threads: 1) == logits(plain, image, threads: 1))
    }
  }

  @Test("a map has the number format of its reader, and a block of floats has weights of floats")
  func plan() throws {
    let architecture = Architecture.tiny[0]
    let plan = Plan(architecture, precision: .int8, floats: ["blocks.1.1"])
    func precision(_ layer: String) throws -> Precision {
      let step = try #require(plan.steps.first { $0.name == layer })
      return plan.buffers[step.output].layout.precision
    }
    #expect(try precision("blocks.1.0.conv_pwl") == .float32)
    #expect(try precision("blocks.1.1.conv_pw") == .float32)
    #expect(try precision("blocks.1.1.conv_pwl") == .int8)
    #expect(try precision("blocks.2.0.conv_pwl") == .int8)
    #expect(
      architecture.codedMaps().subtracting(plan.codeNames).sorted() == [
        "blocks.1.0.conv_pwl", "blocks.1.1.conv_dw", "blocks.1.1.conv_pw", "blocks.1.1.se.scale",
      ])
    #expect(
      architecture.roundedNames
        == ["0.0", "1.0", "1.1", "2.0", "2.1", "3.0", "3.1"].map { "blocks.\($0)" }
        + ["conv_head", "classifier"])
  }
}

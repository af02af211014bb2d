import EfficientNet
import EfficientNetTestSupport
import Testing

@Suite("Engine")
struct EngineTests {
  @Test(
    "the engine agrees with the reference runner", arguments: InstructionSet.available,
    Architecture.tiny + Architecture.unusual)
  func matchesReference(isa: InstructionSet, architecture: Architecture) throws {
    let weights = Formula.weights(of: architecture)
    var shape = architecture.inputShape
    shape.n = 3
    let images = Formula.images(shape)
    let expected = try ReferenceRunner(architecture, weights: weights).run(images)
    let engine = try Engine(architecture, weights: weights, instructionSet: isa)
    var session = engine.makeSession(pool: ThreadPool(threads: 2), maximumBatch: 4)
    let logits = session.run(images)
    #expect(logits.shape == expected.shape)
    #expect(relativeError(logits.elements, expected.elements) < 2e-5)
  }

  @Test(
    "results are bit-identical for all instruction sets, threads, batches and places in a batch",
    arguments: Architecture.tiny + Architecture.unusual)
  func isDeterministic(architecture: Architecture) throws {
    let weights = Formula.weights(of: architecture)
    var shape = architecture.inputShape
    shape.n = 5
    let images = Formula.images(shape)
    let engine = try Engine(architecture, weights: weights, instructionSet: .scalar)
    var session = engine.makeSession(pool: ThreadPool(threads: 1), maximumBatch: 5)
    let expected = session.run(images)
    for isa in InstructionSet.available {
      let engine = try Engine(architecture, weights: weights, instructionSet: isa)
      for threads in 1...3 {
        let pool = ThreadPool(threads: threads)
        var session = engine.makeSession(pool: pool, maximumBatch: 5)
        #expect(session.run(images) == expected, "\(isa) with \(threads) threads")
        #expect(session.run(images) == expected, "\(isa) with \(threads) threads, second run")
        var single = engine.makeSession(pool: pool)
        for n in 0..<5 {
          let count = images.shape.count / 5
          shape.n = 1
          let image = Tensor(
            shape: shape, elements: Array(images.elements[n * count..<(n + 1) * count]))
          let logits = single.run(image)
          let classes = architecture.classes
          #expect(logits.elements == Array(expected.elements[n * classes..<(n + 1) * classes]))
        }
      }
    }
  }

  @Test(
    "results are bit-identical for batches of any size",
    arguments: Architecture.tiny + Architecture.unusual,
    Precision.floatingPoint)
  func batches(architecture: Architecture, precision: Precision) throws {
    let weights = Formula.weights(of: architecture)
    var shape = architecture.inputShape
    shape.n = 17
    let images = Formula.images(shape)
    let count = images.shape.count / 17
    for isa in InstructionSet.available where isa != .scalar || InstructionSet.available.count == 1
    {
      let engine = try Engine(
        architecture, weights: weights, precision: precision, instructionSet: isa)
      var session = engine.makeSession(pool: ThreadPool(threads: 1), maximumBatch: 17)
      let expected = session.run(images).elements
      for threads in 1...3 {
        var session = engine.makeSession(pool: ThreadPool(threads: threads), maximumBatch: 17)
        for batch in [1, 2, 3, 17] {
          shape.n = batch
          let part = Tensor(shape: shape, elements: Array(images.elements[..<(batch * count)]))
          let logits = session.run(part).elements
          #expect(
            logits == Array(expected[..<(batch * architecture.classes)]),
            "\(isa), \(threads) threads, a batch of \(batch)")
        }
      }
    }
  }

  @Test(
    "keeping the stages does not change the logits",
    arguments: Architecture.tiny + Architecture.unusual)
  func keepsStages(architecture: Architecture) throws {
    let weights = Formula.weights(of: architecture)
    var shape = architecture.inputShape
    shape.n = 2
    let images = Formula.images(shape)
    let logits = try [nil, architecture.stageNames].map { outputs in
      let engine = try Engine(architecture, weights: weights, outputs: outputs)
      var session = engine.makeSession(pool: ThreadPool(threads: 2), maximumBatch: 2)
      return session.run(images)
    }
    #expect(logits[0] == logits[1])
  }

  @Test(
    "results in 16 bits are close to the reference runner's", arguments: InstructionSet.available,
    Architecture.tiny + Architecture.unusual)
  func halves(isa: InstructionSet, architecture: Architecture) throws {
    let weights = Formula.weights(of: architecture)
    var shape = architecture.inputShape
    shape.n = 3
    let images = Formula.images(shape)
    let expected = try ReferenceRunner(architecture, weights: weights).run(images)
    // A bfloat16 has 8 significant bits, and the errors of several dozen layers add up. An fp16 has
    // 11, but some processors sum in it.
    for (precision, tolerance) in [(Precision.bfloat16, Float(5e-2)), (.float16, 3e-2)] {
      let engine = try Engine(
        architecture, weights: weights, precision: precision, instructionSet: isa)
      let logits = (1...3).map { threads in
        var session = engine.makeSession(pool: ThreadPool(threads: threads), maximumBatch: 3)
        return session.run(images)
      }
      let error = relativeError(logits[0].elements, expected.elements)
      #expect(error < tolerance, "\(precision)")
      #expect(logits.allSatisfy { $0 == logits[0] }, "\(precision)")
    }
  }

  @Test("a weight that is too large for fp16 is an error that names the tensor")
  func tooLarge() throws {
    let architecture = Architecture.tiny[0]
    var weights = Formula.weights(of: architecture)
    let name = "classifier.weight"
    let tensor = try #require(weights.tensors[name])
    func set(_ value: Float) {
      weights.tensors[name] = WeightTensor(
        shape: tensor.shape, elements: tensor.elements.dropLast() + [value])
    }
    set(-65504)
    _ = try Engine(architecture, weights: weights, precision: .float16)
    set(-70_000)
    _ = try Engine(architecture, weights: weights, precision: .bfloat16)
    let expected = WeightsError.tooLarge(name: name, value: 70_000, source: "the formula")
    #expect(throws: expected) {
      try Engine(architecture, weights: weights, precision: .float16)
    }
    #expect(
      "\(expected)"
        == "the formula: tensor 'classifier.weight' reaches 70000.0 with its batch norm, above "
        + "65504.0, the largest number of fp16; use bf16 or fp32")
  }

  @Test("filters of depthwise convolutions and biases that are too large for fp16 are errors")
  func tooLargeFilterOrBias() throws {
    let architecture = Architecture.tiny[0]
    for ending in ["conv_dw.weight", "bn1.bias", "classifier.bias"] {
      var weights = Formula.weights(of: architecture)
      let name = try #require(weights.tensors.keys.filter { $0.hasSuffix(ending) }.min())
      let tensor = try #require(weights.tensors[name])
      weights.tensors[name] = WeightTensor(
        shape: tensor.shape, elements: Array(repeating: 1e9, count: tensor.count))
      _ = try Engine(architecture, weights: weights)
      let error = #expect(throws: WeightsError.self) {
        try Engine(architecture, weights: weights, precision: .float16)
      }
      #expect(error?.kind == .tooLarge)
      #expect(error?.description.contains("'\(name)'") == true)
    }
  }

  @Test("many sessions of one engine run at once on one pool")
  func runsConcurrently() async throws {
    let architecture = Architecture.tiny[0]
    let engine = try Engine(architecture, weights: Formula.weights(of: architecture))
    let images = Formula.images(architecture.inputShape)
    let pool = ThreadPool(threads: 2)
    var session = engine.makeSession(pool: pool)
    let expected = session.run(images)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          var session = engine.makeSession(pool: pool)
          return (0..<20).allSatisfy { _ in session.run(images) == expected }
        }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }

  @Test("weights that do not fit are refused by name")
  func refusesWrongWeights() throws {
    let architecture = Architecture.tiny[0]
    let good = Formula.weights(of: architecture)
    var missing = good
    missing.tensors["blocks.1.0.se.conv_reduce.bias"] = nil
    #expect(
      throws: WeightsError.missing(name: "blocks.1.0.se.conv_reduce.bias", source: "the formula")
    ) {
      try Engine(architecture, weights: missing)
    }
    var unknown = good
    unknown.tensors["blocks.9.0.conv_pw.weight"] = good.tensors["conv_stem.weight"]
    #expect(throws: WeightsError.unknown(name: "blocks.9.0.conv_pw.weight", source: "the formula"))
    {
      try Engine(architecture, weights: unknown)
    }
    var misshapen = good
    misshapen.tensors["bn1.weight"] = WeightTensor(
      shape: [13], elements: Array(repeating: 1, count: 13))
    #expect(
      throws: WeightsError.shape(
        name: "bn1.weight", source: "the formula", found: [13], expected: [12])
    ) {
      try Engine(architecture, weights: misshapen)
    }
    var infinite = good
    infinite.tensors["bn1.bias"] = WeightTensor(
      shape: [12], elements: Array(repeating: 0, count: 11) + [-.infinity])
    #expect(throws: WeightsError.nonFinite(name: "bn1.bias", source: "the formula")) {
      try Engine(architecture, weights: infinite)
    }
    // Finite tensors whose product is not finite.
    var large = good
    for (leaf, value) in [("running_mean", 3e38), ("weight", 1e3)] as [(String, Float)] {
      large.tensors["bn1.\(leaf)"] = WeightTensor(
        shape: [12], elements: Array(repeating: value, count: 12))
    }
    let overflow = #expect(throws: WeightsError.self) {
      try Engine(architecture, weights: large)
    }
    #expect(
      overflow?.description
        == "the formula cannot be used: the batch norm 'bn1' overflows 32-bit floats; did its "
        + "training diverge?")
  }
}

import EfficientNet
import EfficientNetTestSupport
import Testing

@Suite("Outputs of an engine")
struct OutputsTests {
  @Test(
    "outputs are bit-identical to the activations, for any threads, batch and choice",
    arguments: Architecture.tiny + Architecture.unusual)
  func equal(architecture: Architecture) throws {
    let weights = Formula.weights(of: architecture)
    var shape = architecture.inputShape
    shape.n = 5
    let images = Formula.images(shape)
    let names = architecture.stageNames
    let keeper = try Engine(architecture, weights: weights, outputs: architecture.stageNames)
    var session = keeper.makeSession(pool: ThreadPool(threads: 1), maximumBatch: 5)
    let expected = Dictionary(
      uniqueKeysWithValues: session.outputs(images).map { ($0.name, $0.value) })
    #expect(names == architecture.stageNames)
    #expect(session.outputs(images).map(\.name) == names)
    // The last choice has two stages in reverse: the order of the names does not matter.
    for chosen in names.map({ [$0] }) + [Array(names.reversed()), [names[1], names[0]]] {
      let engine = try Engine(architecture, weights: weights, outputs: chosen)
      for threads in [1, 2, 3] {
        var session = engine.makeSession(pool: ThreadPool(threads: threads), maximumBatch: 5)
        let found = session.outputs(images)
        #expect(found.map(\.name) == names.filter(chosen.contains))
        for output in found {
          #expect(output.value == expected[output.name], "\(output.name), \(threads) threads")
        }
        #expect(session.run(images) == expected["classifier"])
      }
    }
  }

  @Test(
    "outputs in bfloat16 do not depend on the threads, and pooled features take no extra memory")
  func bfloat16() throws {
    let architecture = Architecture.tiny[0]
    let weights = Formula.weights(of: architecture)
    var shape = architecture.inputShape
    shape.n = 4
    let images = Formula.images(shape)
    let plain = try Engine(architecture, weights: weights, precision: .bfloat16)
    let pooled = try Engine(
      architecture, weights: weights, precision: .bfloat16, outputs: ["global_pool"])
    #expect(pooled.bytesPerImage == plain.bytesPerImage)
    var one = pooled.makeSession(pool: ThreadPool(threads: 1), maximumBatch: 4)
    var three = pooled.makeSession(pool: ThreadPool(threads: 3), maximumBatch: 4)
    #expect(one.outputs(images)[0].value == three.outputs(images)[0].value)
    var session = plain.makeSession(pool: ThreadPool(threads: 2), maximumBatch: 4)
    #expect(session.run(images) == one.run(images))
    #expect(session.outputs(images).map(\.value) == [one.run(images)])
  }

  @Test("an unknown stage is refused by name")
  func unknown() throws {
    let architecture = Architecture.tiny[0]
    let weights = Formula.weights(of: architecture)
    let error = #expect(throws: UnknownStage.self) {
      try Engine(architecture, weights: weights, outputs: ["blocks.0", "blocks.9"])
    }
    #expect(
      error?.description
        == "tiny-silu has no stage 'blocks.9'; it has conv_stem, blocks.0, blocks.1, blocks.2, "
        + "blocks.3, conv_head, global_pool, classifier")
  }
}

import EfficientNet
import EfficientNetTestSupport
import Testing

@Suite("Activations")
struct ObservationTests {
  @Test(
    "activations equal the reference runner's values", arguments: InstructionSet.available,
    Architecture.tiny + Architecture.unusual)
  func values(isa: InstructionSet, architecture: Architecture) throws {
    let weights = Formula.weights(of: architecture)
    var shape = architecture.inputShape
    shape.n = 2
    let images = Formula.images(shape)
    let runner = try ReferenceRunner(architecture, weights: weights)
    let expected = runner.values(images)
    let engine = try Engine(
      architecture, weights: weights, outputs: architecture.stageNames, instructionSet: isa)
    var session = engine.makeSession(pool: ThreadPool(threads: 2), maximumBatch: 3)
    let found = session.outputs(images)
    #expect(found.map(\.name) == architecture.stageNames)
    #expect(
      found.map(\.name)
        == ["conv_stem"] + architecture.stages.indices.map { "blocks.\($0)" }
        + (architecture.head == nil ? [] : ["conv_head"]) + ["global_pool", "classifier"])
    for activations in found {
      // The part's last node: its layers have the part's name, or the names of its batch norm and
      // activation.
      let names =
        switch activations.name {
        case "conv_stem": ["conv_stem", "bn1", "act1"]
        case "conv_head": ["conv_head", "bn2", "act2"]
        default: [activations.name]
        }
      let node = try #require(
        runner.graph.nodes.lastIndex { node in
          names.contains(node.name)
            || activations.name.hasPrefix("blocks.") && node.name.hasPrefix("\(activations.name).")
        })
      #expect(activations.value.shape == expected[node].shape, "\(activations.name)")
      #expect(
        relativeError(activations.value.elements, expected[node].elements) < 2e-5,
        "\(activations.name)")
    }
    // Observing activations does not change the logits.
    #expect(found.last?.value == session.run(images))
  }
}

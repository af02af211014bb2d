import EfficientNet
import EfficientNetExplanation
import EfficientNetTestSupport
import Testing

@Suite("Maps of PyTorch") struct ReferenceTests {
  let networks: [Reference.Network]

  init() throws { networks = try Reference().networks }

  /// Returns the values of a tensor at flat indices in the order (c, h, w).
  private func values(_ tensor: Tensor, at places: [Int]) -> [Float] {
    let pixels = tensor.shape.h * tensor.shape.w
    return places.map { place in
      let (c, pixel) = place.quotientAndRemainder(dividingBy: pixels)
      return tensor.elements[pixel * tensor.shape.c + c]
    }
  }

  /// timm's forward_features, the outputs of the stages, and the pooled features.
  @Test func features() throws {
    for network in networks {
      let model = try network.model()
      let pool = ThreadPool(threads: 2)
      let engine = try Engine(
        model.description.architecture, weights: model.weights,
        outputs: model.description.architecture.stageNames)
      var session = engine.makeSession(pool: pool)
      let outputs = session.outputs(network.image)
      func output(_ name: String) throws -> Tensor {
        try #require(outputs.first { $0.name == name }).value
      }
      let head = try output("conv_head")
      #expect([head.shape.c, head.shape.h, head.shape.w] == network.shape)
      let pixels = head.shape.h * head.shape.w
      let places = stride(from: 0, to: head.shape.c, by: network.features.channel_stride)
        .flatMap { c in (0..<pixels).map { c * pixels + $0 } }
      #expect(relativeError(values(head, at: places), network.features.values) < 1e-4)
      #expect(relativeError(try output("global_pool").elements, network.pooled) < 1e-4)
      for stage in network.stages {
        let value = try output(stage.name)
        #expect([value.shape.c, value.shape.h, value.shape.w] == stage.shape)
        let places = Array(stride(from: 0, to: value.shape.count, by: stage.stride))
        let sampled = values(value, at: Array(places.prefix(stage.values.count)))
        #expect(relativeError(sampled, stage.values) < 1e-4, "\(network.name) \(stage.name)")
      }
    }
  }

  @Test func classActivationMaps() throws {
    for network in networks {
      let explainer = try Explainer(network.model(), pool: ThreadPool(threads: 2))
      let maps = try explainer.explain(network.image, classes: .indices(network.maps.map(\.class)))
      for (map, expected) in zip(maps, network.maps) {
        #expect(abs(map.prediction.logit - expected.logit) < 1e-3)
        #expect(relativeError(map.map.values, expected.cam) < 1e-4)
      }
      let best = try explainer.explain(network.image, classes: .best(1))
      #expect(best.map(\.prediction.index) == [network.argmax])
    }
  }

  /// Grad-CAM of three stages and the head.
  @Test func gradCAM() throws {
    for network in networks {
      let model = try network.model()
      let layers = network.maps[0].grad_cam.map(\.layer)
      for (number, layer) in layers.enumerated() {
        let explainer = try Explainer(
          model, method: .gradCAM(stage: layer), pool: ThreadPool(threads: 2))
        let maps = try explainer.explain(
          network.image, classes: .indices(network.maps.map(\.class)))
        for (map, expected) in zip(maps, network.maps) {
          let expected = expected.grad_cam[number]
          #expect([map.map.height, map.map.width] == expected.shape)
          #expect(
            relativeError(map.map.values, expected.values) < 1e-4,
            "\(network.name) \(layer) \(map.prediction.index)")
        }
      }
    }
  }
}

import EfficientNetCompute
import EfficientNetImages
import EfficientNetTestSupport
import EfficientNetTraining
import Testing

@testable import EfficientNet
@testable import EfficientNetExplanation

@Suite("Explainer") struct ExplainerTests {
  private func input(_ architecture: Architecture) -> Tensor {
    Formula.images(Shape(n: 1, h: architecture.resolution, w: architecture.resolution, c: 3))
  }

  private static let networks = (Architecture.tiny + Architecture.unusual)
    .filter { $0.inputChannels == 3 }

  /// In every network, the mean of a class activation map plus the bias is the logit, and Grad-CAM
  /// of the last feature map is the class activation map divided by its number of pixels.
  @Test func mapsAddUp() throws {
    for architecture in Self.networks {
      let model = try Formula.model(architecture)
      let pool = ThreadPool(threads: 2)
      let input = input(architecture)
      let last = try #require(Explainer.stages(of: architecture).last)
      let bias = try #require(model.weights.tensors["classifier.bias"]).elements
      let maps = try Explainer(model, pool: pool).explain(input, classes: .best(3))
      let gradients = try Explainer(model, method: .gradCAM(stage: last), pool: pool)
        .explain(input, classes: .best(3))
      for (map, gradient) in zip(maps, gradients) {
        let count = Float(map.map.values.count)
        let logit = map.map.values.reduce(0, +) / count + bias[map.prediction.index]
        #expect(
          abs(logit - map.prediction.logit) < 1e-4 * max(1, abs(logit)), "\(architecture.name)")
        #expect(gradient.prediction.index == map.prediction.index)
        #expect(
          relativeError(gradient.map.values.map { $0 * count }, map.map.values) < 1e-4,
          "\(architecture.name)")
      }
    }
  }

  @Test("an overflow in fp16 names the format, not the weights")
  func overflowInFloat16() {
    let half = ExplanationError.notFinite(network: "b0", precision: .float16)
    #expect(half.description.contains("in fp16") && half.description.hasSuffix("use bf16 or fp32"))
    let single = ExplanationError.notFinite(network: "b0", precision: .float32)
    #expect(single.description.hasSuffix("are its weights damaged?"))
  }

  @Test("Grad-CAM in fp16 is an error, since gradients need more range")
  func gradCAMInFloat16() throws {
    let model = try Formula.model(Architecture.tiny[0])
    let error = #expect(throws: TrainingError.self) {
      try Explainer(
        model, method: .gradCAM(stage: "conv_head"), pool: ThreadPool(threads: 1),
        precision: .float16)
    }
    #expect(error?.description.hasSuffix("it must be fp32 or bf16") == true)
  }

  /// The shift of a stage's last batch norm moves its whole output: the logit's slope is the sum of
  /// the gradient.
  @Test func gradientsAreSlopes() throws {
    var checked = 0
    for architecture in Self.networks {
      let graph = Graph(architecture)
      let names = Set(graph.nodes.map(\.name))
      for (number, _) in architecture.stages.enumerated() {
        let blocks = architecture.blocks.filter { $0.name.hasPrefix("blocks.\(number).") }
        guard let block = blocks.last, let norm = Self.lastNorm(block, names) else { continue }
        let model = try Formula.model(architecture)
        let network = try TrainingNetwork(
          architecture, weights: model.weights, maximumBatch: 1, pool: ThreadPool(threads: 1),
          keepsStages: true)
        let input = input(architecture)
        let stage = network.stageGradients(input, of: "blocks.\(number)") { _ in [1] }
        let shape = stage.value.shape
        for c in [0, shape.c - 1] {
          var sum = 0.0
          for pixel in 0..<shape.h * shape.w {
            sum += Double(stage.gradients[0].elements[pixel * shape.c + c])
          }
          func logit(_ shift: Float) throws -> Double {
            var weights = model.weights
            let bias = try #require(weights.tensors["\(norm).bias"])
            var elements = bias.elements
            elements[c] += shift
            weights.tensors["\(norm).bias"] = WeightTensor(shape: bias.shape, elements: elements)
            let engine = try Engine(architecture, weights: weights)
            var session = engine.makeSession(pool: ThreadPool(threads: 1))
            return Double(session.run(input).elements[1])
          }
          checked += 1
          let slope = try (logit(0.004) - logit(-0.004)) / 0.008
          // The bound is wide because ReLUs have corners.
          #expect(
            abs(slope - sum) < 0.02 * max(abs(slope), 0.2),
            "\(architecture.name) blocks.\(number) channel \(c): \(sum), not \(slope)")
        }
      }
    }
    #expect(checked >= 20)
  }

  /// The batch norm that ends a block; nil if more than a sum follows it.
  private static func lastNorm(_ block: Architecture.Block, _ names: Set<String>) -> String? {
    switch block.stage.block {
    case .mbConv, .articleMBConv:
      return (1...3).reversed().map { "\(block.name).bn\($0)" }.first(where: names.contains)
    case .fusedMBConv:
      return block.isExpanding ? "\(block.name).bn2" : nil
    case .separable, .bottleneck: return nil
    }
  }

  /// Training continues unchanged after the gradients of a stage were computed.
  @Test func stagesLeaveTrainingAlone() throws {
    let architecture = Architecture.tiny[0]
    let model = try Formula.model(architecture)
    let input = input(architecture)
    func step(afterStages: Bool) throws -> ([Float], [Float]?) {
      let network = try TrainingNetwork(
        architecture, weights: model.weights, maximumBatch: 1, pool: ThreadPool(threads: 1),
        keepsStages: true)
      if afterStages { _ = network.stageGradients(input, of: "blocks.1") { _ in [0, 2] } }
      let logits = network.forward(input, seed: 3)
      network.backward(logits)
      Optimizer(.sgd(), for: network).step(network, rate: 0.1)
      return (logits, network.weights.tensors["conv_stem.weight"]?.elements)
    }
    let (with, without) = try (step(afterStages: true), step(afterStages: false))
    #expect(with.0 == without.0 && with.1 == without.1)
    #expect(with.1 != model.weights.tensors["conv_stem.weight"]?.elements)
  }

  /// The result does not depend on the number of threads.
  @Test func threads() throws {
    let model = try Formula.model(Architecture.tiny[0])
    let input = input(model.description.architecture)
    for method in Self.methods {
      let maps = try [1, 3].map { threads in
        try Explainer(model, method: method, pool: ThreadPool(threads: threads))
          .explain(input, classes: .best(2)).map(\.map)
      }
      #expect(maps[0] == maps[1])
    }
  }

  private static let methods: [ExplanationMethod] = [
    .classActivation, .gradCAM(stage: "blocks.2"),
    .occlusion(ExplanationMethod.Occlusion(patch: 9, stride: 5)),
  ]

  /// Tasks get the same result as a thread, and can be cancelled.
  @Test func tasks() async throws {
    let model = try Formula.model(Architecture.tiny[0])
    let photo = PixelBuffer(width: 50, height: 41, repeating: 90)
    for method in Self.methods {
      let explainer = try Explainer(model, method: method, pool: ThreadPool(threads: 2))
      let explain: () throws -> [Explanation] = { try explainer.explain(photo, classes: .best(2)) }
      let expected = try explain()
      try await withThrowingTaskGroup { group in
        for _ in 0..<5 {
          group.addTask { try await explainer.explain(photo, classes: .best(2)) }
        }
        for try await explanations in group { #expect(explanations == expected) }
      }
      let task = Task {
        while !Task.isCancelled { await Task.yield() }
        return try await explainer.explain(photo)
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  /// Any number of classes is safe, also one from a request.
  @Test func counts() async throws {
    let model = try Formula.model(Architecture.tiny[0])
    let photo = PixelBuffer(width: 50, height: 41, repeating: 90)
    let all = model.description.classes.count
    for method in Self.methods {
      let explainer = try Explainer(model, method: method, pool: ThreadPool(threads: 1))
      for (count, expected) in [(0, 0), (-1, 0), (.min, 0), (2, 2), (.max, all)] {
        #expect(try await explainer.explain(photo, classes: .best(count)).count == expected)
      }
      #expect(try await explainer.explain(photo, classes: .indices([])).isEmpty)
    }
  }

  /// A picture in memory is decoded and explained as its pixels are; errors name it.
  @Test func encoded() async throws {
    let model = try Formula.model(Architecture.tiny[0])
    let explainer = try Explainer(model, pool: ThreadPool(threads: 2))
    var photo = PixelBuffer(width: 50, height: 41, repeating: 90)
    photo.withMutableBytes { bytes in
      for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &* 37 >> 3) }
    }
    let png = try photo.png()
    let explain: (PixelBuffer) throws -> [Explanation] = {
      try explainer.explain($0, classes: .best(2))
    }
    #expect(try await explainer.explain(encoded: png, classes: .best(2)) == explain(photo))
    let error = await #expect(throws: ImageError.self) {
      try await explainer.explain(encoded: [1, 2, 3], name: "upload 7")
    }
    #expect(error?.description.contains("upload 7") == true)
    await #expect(throws: ImageError.self) {
      try await explainer.explain(encoded: png, decoding: DecodingOptions(maximumPixels: 10))
    }
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await explainer.explain(encoded: png)
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  /// Every method checks for cancellation between layers or runs, ends at the first check that
  /// throws, and computes the next photo as before.
  @Test func cancelledMidway() throws {
    let model = try Formula.model(Architecture.tiny[0])
    let photo = PixelBuffer(width: 50, height: 41, repeating: 90)
    for method in Self.methods {
      let explainer = try Explainer(model, method: method, pool: ThreadPool(threads: 2))
      var checks = 0
      let expected = try explainer.explain(photo, classes: .best(2), check: { checks += 1 })
      // One check is before the network; occlusion has seven batches of patches.
      #expect(checks > 6, "\(method)")
      for last in [1, 2, checks / 2, checks] {
        var done = 0
        #expect(throws: CancellationError.self) {
          _ = try explainer.explain(
            photo, classes: .best(2),
            check: {
              done += 1
              if done == last { throw CancellationError() }
            })
        }
        #expect(done == last)
      }
      #expect(try explainer.explain(photo, classes: .best(2)) == expected)
    }
  }

  /// The rival is the most probable other class.
  @Test func rivals() throws {
    var model = try Formula.model(Architecture.tiny[0])
    let photo = PixelBuffer(width: 50, height: 41, repeating: 90)
    let pool = ThreadPool(threads: 1)
    let explained = try Explainer(model, pool: pool).explain(photo, classes: .best(3))
    #expect(explained[0].rival == explained[1].prediction)
    #expect(explained[1].rival == explained[0].prediction)
    #expect(explained[2].rival == explained[0].prediction && explained[2].evidence == .less)
    model.description.output = .sigmoid
    let independent = try Explainer(model, pool: pool).explain(photo, classes: .best(3))
    #expect(independent.allSatisfy { $0.rival == nil })
  }

  /// The number of a class from a request never traps.
  @Test func unknownClass() async throws {
    let model = try Formula.model(Architecture.tiny[0])
    let count = model.description.classes.count
    let photo = PixelBuffer(width: 50, height: 41, repeating: 90)
    let explainer = try Explainer(model, pool: ThreadPool(threads: 1))
    for index in [-1, count, 5000, .min, .max] {
      let expected = ExplanationError.noClass(index: index, count: count)
      await #expect(throws: expected) {
        try await explainer.explain(photo, classes: .indices([0, index]))
      }
      #expect(throws: expected) {
        try explainer.explain(input(model.description.architecture), classes: .indices([index]))
      }
    }
    #expect(
      "\(ExplanationError.noClass(index: 5000, count: 1000))"
        == "the network has no class 5000; its classes have the numbers 0 to 999")
    #expect(try await explainer.explain(photo, classes: .indices([count - 1, 0])).count == 2)
  }

  /// Patches from a request never trap.
  @Test func badPatches() throws {
    let model = try Formula.model(Architecture.tiny[0])
    let pairs = [(0, 0), (1, 0), (2, 3), (-1, -1), (8193, 1), (.max, .max)]
    for (patch, stride) in pairs {
      #expect(throws: ExplanationError.patches(patch: patch, stride: stride)) {
        _ = try Explainer(
          model, method: .occlusion(.init(patch: patch, stride: stride)),
          pool: ThreadPool(threads: 1))
      }
    }
    #expect(
      "\(ExplanationError.patches(patch: 2, stride: 3))"
        == "the patch has 2 pixels and the stride 3; both must be from 1 to 8192, "
        + "and the stride at most the patch")
  }

  @Test func unknownStage() throws {
    let model = try Formula.model(Architecture.tiny[0])
    #expect {
      _ = try Explainer(model, method: .gradCAM(stage: "blocks.9"), pool: ThreadPool(threads: 1))
    } throws: { error in
      "\(error)".contains("no stage 'blocks.9'; it has conv_stem, blocks.0")
    }
  }

  /// Large weights make the logits overflow.
  @Test func overflow() throws {
    var model = try Formula.model(Architecture.tiny[0])
    let name = "classifier.bias"
    let count = try #require(model.weights.tensors[name]).count
    model.weights.tensors[name] = WeightTensor(
      shape: [count], elements: Array(repeating: 3e38, count: count))
    model.weights.tensors["classifier.weight"] = WeightTensor(
      shape: [count, 50], elements: Array(repeating: 3e38, count: 50 * count))
    let explainer = try Explainer(model, pool: ThreadPool(threads: 1))
    #expect(throws: ExplanationError.self) {
      _ = try explainer.explain(input(model.description.architecture))
    }
  }
}

import EfficientNet
import EfficientNetCompute
import EfficientNetTestSupport
import Testing

@testable import EfficientNetTraining

/// Compares gradients with finite differences of a forward pass in double precision.
@Suite("Gradients")
struct GradientTests {
  /// A network, a batch, and the factors of the logits in the loss.
  private struct Case {
    let architecture: Architecture
    let images: Tensor
    let direction: [Double]
    let network: TrainingNetwork

    init(_ architecture: Architecture, images count: Int, threads: Int = 2) throws {
      self.architecture = architecture
      var shape = architecture.inputShape
      shape.n = count
      images = Formula.images(shape)
      direction = Formula.unit("direction", count: count * architecture.classes)
      network = try TrainingNetwork(
        architecture, weights: Formula.weights(of: architecture), maximumBatch: count + 1,
        pool: ThreadPool(threads: threads))
    }

    func loss(_ logits: [Double]) -> Double { zip(logits, direction).map(*).reduce(0, +) }

    /// Compares the gradient of every parameter along a direction that includes all its elements.
    func check(_ reference: TrainingReference, seed: UInt64?, tolerance: Double = 2e-4) {
      let logits = network.forward(images, seed: seed)
      let expected = reference.logits(images)
      #expect(relativeError(logits, expected.map { Float($0) }) < 2e-5, "\(architecture.name)")
      network.clearGradients()
      network.backward(direction.map { Float($0) })
      for name in network.trainedParameterNames {
        let gradient = (network.gradient(of: name)?.elements ?? []).map { Double($0) }
        let along = Formula.unit("along \(name)", count: gradient.count)
        let length = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // The step is small enough for the curvature and large enough for doubles; it rarely
        // crosses a corner of ReLU.
        let step = 1e-8
        func moved(_ sign: Double) -> Double {
          var moved = reference
          moved.tensors[name] = zip(reference.tensors[name] ?? [], along).map {
            $0 + sign * step * $1
          }
          return loss(moved.logits(images))
        }
        let slope = (moved(1) - moved(-1)) / (2 * step)
        let product = zip(gradient, along).map(*).reduce(0, +)
        // Biases in front of a norm have no gradient except rounding errors.
        #expect(
          abs(product - slope) <= tolerance * length + 5e-6,
          "\(architecture.name), \(name): \(product), by differences \(slope), length \(length)")
      }
    }
  }

  @Test("gradients of every parameter equal finite differences", arguments: Architecture.trained)
  func parameters(architecture: Architecture) throws {
    let one = try Case(architecture, images: 3)
    one.check(
      TrainingReference(architecture, weights: Formula.weights(of: architecture)), seed: nil)
  }

  @Test(
    "gradients with frozen batch norms equal finite differences", arguments: Architecture.trained)
  func frozenNorms(architecture: Architecture) throws {
    let one = try Case(architecture, images: 2)
    one.network.freeze(training: { _, _ in true }, norms: { _ in true })
    var reference = TrainingReference(architecture, weights: Formula.weights(of: architecture))
    reference.frozen = Set(
      reference.graph.nodes.filter { if case .batchNorm = $0.operation { true } else { false } }
        .map(\.name))
    one.check(reference, seed: nil)
  }

  @Test(
    "gradients with stochastic depth and dropout equal finite differences",
    arguments: Architecture.trained)
  func dropout(architecture: Architecture) throws {
    var architecture = architecture
    (architecture.stochasticDepth, architecture.dropout) = (0.5, 0.3)
    let one = try Case(architecture, images: 3)
    var reference = TrainingReference(architecture, weights: Formula.weights(of: architecture))
    reference.factors = factors(one.network, one.images, reference.graph, seed: 5)
    one.check(reference, seed: 5)
    // Half of the branches are dropped.
    #expect(reference.factors.values.contains { $0.contains(0) })
  }

  /// The random factors that the network drew, by the names of the graph's nodes.
  private func factors(
    _ network: TrainingNetwork, _ images: Tensor, _ graph: Graph, seed: UInt64
  ) -> [String: [Double]] {
    _ = network.forward(images, seed: seed)
    var result: [String: [Double]] = [:]
    let plan = network.plan
    let depths = graph.nodes.filter {
      if case .stochasticDepth(let rate) = $0.operation { rate > 0 } else { false }
    }
    for (node, keep) in zip(depths, plan.keeps) {
      result[node.name] = (0..<images.shape.n).map { image in
        network.machine.memory.read(plan.row(keep.buffer, image: image)) { Double($0[0]) }
      }
    }
    let shapes = graph.shapes(input: images.shape)
    let masks = plan.layers.compactMap {
      if case .dropout(let layer) = $0 { layer.mask } else { nil }
    }
    let drops = graph.nodes.indices.filter {
      if case .dropout(let rate) = graph.nodes[$0].operation { rate > 0 } else { false }
    }
    for (node, mask) in zip(drops, masks) {
      let shape = shapes[node]
      let stride = Kernels.channelStride(shape.c)
      result[graph.nodes[node].name] = (0..<shape.count).map { element in
        let (pixel, c) = (element / shape.c, element % shape.c)
        let (image, place) = (pixel / (shape.h * shape.w), pixel % (shape.h * shape.w))
        let isMap = if case .maps = plan.buffers[mask].form { true } else { false }
        let region =
          isMap ? plan.map(mask, image: image).region : plan.row(mask, image: image)
        return network.machine.memory.read(region) { Double($0[(isMap ? place : 0) * stride + c]) }
      }
    }
    return result
  }

  @Test(
    "with some layers trained, their gradients are exact and the others are zero",
    arguments: Architecture.trained)
  func partial(architecture: Architecture) throws {
    let one = try Case(architecture, images: 2)
    let reference = TrainingReference(architecture, weights: Formula.weights(of: architecture))
    one.network.freeze(
      training: { name, part in name.hasPrefix("blocks.2") || part == .classifier },
      norms: { _ in false })
    one.check(reference, seed: nil)
    let trained = Set(one.network.trainedParameterNames)
    for name in one.network.parameterNames where !trained.contains(name) {
      #expect(one.network.gradient(of: name)?.elements.allSatisfy { $0 == 0 } == true, "\(name)")
    }
    one.network.freeze(training: { $1 == .classifier }, norms: { _ in false })
    one.check(reference, seed: nil)
    #expect(one.network.trainedParameterNames == ["classifier.weight", "classifier.bias"])
  }

  @Test(
    "gradients of biases with frozen weights equal finite differences",
    arguments: Architecture.trained)
  func biases(architecture: Architecture) throws {
    let one = try Case(architecture, images: 2)
    one.network.freeze(training: { name, _ in name.hasSuffix("bias") }, norms: { _ in false })
    one.check(
      TrainingReference(architecture, weights: Formula.weights(of: architecture)), seed: nil)
  }

  @Test(
    "gradients add up over batches, and are bit-identical for all threads and instruction sets",
    arguments: Architecture.trained)
  func determinism(architecture: Architecture) throws {
    var shape = architecture.inputShape
    shape.n = 5
    let images = Formula.images(shape)
    func gradients(
      _ set: InstructionSet, _ precision: Precision = .float32, threads: Int, times: Int = 1
    ) throws -> [[Float]] {
      let network = try TrainingNetwork(
        architecture, weights: Formula.weights(of: architecture), maximumBatch: 6,
        pool: ThreadPool(threads: threads), precision: precision, instructionSet: set)
      for _ in 0..<times {
        let logits = network.forward(images, seed: 7)
        network.backward(logits)
      }
      return network.parameterNames.map { network.gradient(of: $0)?.elements ?? [] }
    }
    let expected = try gradients(.scalar, threads: 1)
    for set in InstructionSet.available {
      for threads in 1...3 {
        #expect(try gradients(set, threads: threads) == expected, "\(set), \(threads) threads")
      }
      // In bfloat16, its instructions round in their own way.
      let rounded = try gradients(set, .bfloat16, threads: 1)
      #expect(try gradients(set, .bfloat16, threads: 3) == rounded, "\(set), bfloat16")
    }
    let twice = try gradients(.scalar, threads: 2, times: 2)
    for (sum, once) in zip(twice, expected) {
      // Biases in front of a norm have no gradient except rounding errors.
      let tolerance = 1e-6 + 2e-5 * (once.map { abs($0) }.max() ?? 0)
      #expect(zip(sum, once).allSatisfy { abs($0 - 2 * $1) <= tolerance })
    }
  }

  /// Uses a smooth activation, and mostly frozen norms: other networks amplify rounding errors.
  @Test(
    "gradients in bfloat16 are close to those in 32-bit floats", arguments: Architecture.trained)
  func bfloat16(architecture: Architecture) throws {
    var architecture = architecture
    architecture.activation = .silu
    try compare(architecture, images: 4, areFrozen: true, own: 0.02, whole: 1e-3)
    (architecture.stochasticDepth, architecture.dropout) = (0.5, 0.3)
    try compare(architecture, images: 4, areFrozen: true, seed: 5, own: 0.02, whole: 1e-3)
    try compare(architecture, images: 16, areFrozen: false, seed: 5, own: 0.1, whole: 0.02)
  }

  /// Compares the gradients of both precisions for each parameter. The error is relative to the
  /// parameter's gradient and to the length of all gradients.
  private func compare(
    _ architecture: Architecture, images count: Int, areFrozen: Bool, seed: UInt64? = nil,
    own: Double, whole share: Double
  ) throws {
    var shape = architecture.inputShape
    shape.n = count
    let images = Formula.images(shape)
    let direction = Formula.unit("direction", count: count * architecture.classes).map { Float($0) }
    func gradients(_ precision: Precision) throws -> [String: [Float]] {
      let network = try TrainingNetwork(
        architecture, weights: Formula.weights(of: architecture), maximumBatch: count + 1,
        pool: ThreadPool(threads: 2), precision: precision)
      network.freeze(training: { _, _ in true }, norms: { _ in areFrozen })
      let logits = network.forward(images, seed: seed)
      network.backward(direction)
      return network.parameterNames.reduce(into: ["logits": logits]) {
        $0[$1] = network.gradient(of: $1)?.elements
      }
    }
    func length(_ values: some Sequence<Float>) -> Double {
      values.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
    }
    let (expected, found) = (try gradients(.float32), try gradients(.bfloat16))
    #expect(found["logits"] != expected["logits"])
    let whole = length(expected.filter { $0.key != "logits" }.values.joined())
    for (name, values) in expected {
      let error = length(zip(found[name] ?? [], values).map { $0 - $1 })
      #expect(
        error <= own * length(values) + share * whole,
        "\(architecture.name), \(areFrozen), \(name): \(error) of \(length(values)), all of them \(whole)"
      )
    }
  }
}

extension Architecture {
  /// Small networks with every operation that can be trained: maps in one slab, in several, and in
  /// eight and more.
  static let trained: [Architecture] = [
    Architecture(
      name: "train-silu", resolution: 21, stem: 12,
      stages: [
        .mbConv(expand: 1, kernel: 3, stride: 1, channels: 10, repeats: 2),
        .mbConv(expand: 6, kernel: 3, stride: 2, channels: 20, repeats: 2),
        .mbConv(expand: 4, kernel: 5, stride: 2, channels: 20, repeats: 2),
        .mbConv(expand: 20, kernel: 5, stride: 1, channels: 21, repeats: 2),
      ], head: 50, classes: 17, activation: .silu, dropout: 0),
    Architecture(
      name: "train-relu6", resolution: 20, inputChannels: 1, stem: 8,
      stages: [
        .mbConv(expand: 1, kernel: 5, stride: 1, channels: 8, repeats: 2, squeeze: nil),
        .mbConv(expand: 6, kernel: 3, stride: 2, channels: 16, repeats: 2, squeeze: nil),
        .mbConv(expand: 6, kernel: 5, stride: 2, channels: 40, repeats: 1, squeeze: nil),
        .mbConv(expand: 2, kernel: 7, stride: 1, channels: 40, repeats: 1),
      ], head: 400, classes: 5, activation: .relu6, dropout: 0, batchNormEpsilon: 1e-3,
      padding: .symmetric),
    Architecture(
      name: "train-fused", resolution: 15, stem: 10,
      stages: [
        .fusedMBConv(expand: 1, kernel: 3, stride: 1, channels: 10, repeats: 2),
        .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 20, repeats: 2),
        .fusedMBConv(
          expand: 3, kernel: 5, stride: 1, channels: 12, repeats: 1, skip: .none, expandedFrom: 8),
        .mbConv(expand: 4, kernel: 3, stride: 2, channels: 24, repeats: 2),
      ], head: 33, classes: 9, activation: .relu, dropout: 0, padding: .symmetric),
    Architecture(
      name: "train-fused-5", resolution: 16, stem: 8,
      stages: [
        .fusedMBConv(expand: 1, kernel: 5, stride: 1, channels: 20, repeats: 2),
        .fusedMBConv(expand: 4, kernel: 5, stride: 2, channels: 52, repeats: 2).squeezed,
      ], head: 33, classes: 9, activation: .silu, dropout: 0),
    Architecture(
      name: "train-article", resolution: 15, stem: 8,
      stages: [
        .articleMBConv(expand: 1, kernel: 3, stride: 1, channels: 8, repeats: 2),
        .articleMBConv(expand: 6, kernel: 5, stride: 2, channels: 14, repeats: 2),
      ], head: 40, classes: 7, activation: .silu, dropout: 0, convolutionBias: true),
    Architecture(
      name: "train-separable", resolution: 17, stem: 9,
      stages: [
        .separable(kernel: 3, stride: 1, channels: 20, repeats: 2),
        .separable(kernel: 5, stride: 2, channels: 52, repeats: 1),
        .separable(kernel: 3, stride: 2, channels: 400, repeats: 2),
      ], head: nil, classes: 11, activation: .relu, dropout: 0),
    Architecture(
      name: "train-bottleneck", resolution: 15, stem: 14,
      stages: [
        .bottleneck(stride: 1, channels: 30, repeats: 2),
        .bottleneck(expand: 2, kernel: 5, stride: 2, channels: 60, repeats: 2),
        .bottleneck(expand: 7, stride: 2, channels: 60, repeats: 2),
      ], head: nil, classes: 8, activation: .silu, dropout: 0, padding: .symmetric),
    Architecture(
      name: "train-mixed", resolution: 16, stem: 16,
      stages: [
        .bottleneck(expand: 1, stride: 1, channels: 16, repeats: 1),
        .bottleneck(expand: 3, stride: 2, channels: 40, repeats: 2, skip: .none),
        .separable(kernel: 3, stride: 1, channels: 40, repeats: 1),
        .bottleneck(kernel: 1, stride: 2, channels: 33, repeats: 2),
        .mbConv(expand: 2, kernel: 3, stride: 1, channels: 33, repeats: 2),
      ], head: nil, classes: 4, activation: .silu, dropout: 0, convolutionBias: true),
    Architecture(
      name: "train-bottleneck-head", resolution: 15, stem: 12,
      stages: [
        .separable(kernel: 3, stride: 2, channels: 30, repeats: 1),
        .bottleneck(expand: 2, stride: 1, channels: 40, repeats: 2),
        .separable(kernel: 3, stride: 1, channels: 20, repeats: 1),
        .bottleneck(stride: 1, channels: 20, repeats: 2),
      ], head: 30, classes: 6, activation: .relu, dropout: 0),
    Architecture(
      name: "train-pool", resolution: 19, stem: 12,
      stages: [
        .mbConv(expand: 1, kernel: 3, stride: 2, channels: 12, repeats: 2, skip: .pool),
        .mbConv(
          expand: 5, kernel: 5, stride: 1, channels: 12, repeats: 1, squeeze: nil, skip: .pool),
        .fusedMBConv(expand: 1, kernel: 3, stride: 2, channels: 12, repeats: 2, skip: .pool),
        .fusedMBConv(expand: 2, kernel: 3, stride: 1, channels: 52, repeats: 2, skip: .pool),
      ], head: 30, classes: 7, activation: .silu, dropout: 0),
    Architecture(
      name: "train-pool-symmetric", resolution: 22, stem: 60,
      stages: [
        .mbConv(
          expand: 1, kernel: 5, stride: 2, channels: 60, repeats: 2, squeeze: nil, skip: .pool),
        .fusedMBConv(expand: 2, kernel: 3, stride: 2, channels: 60, repeats: 2, skip: .pool),
        .fusedMBConv(expand: 1, kernel: 1, stride: 1, channels: 60, repeats: 1, skip: .pool),
        .mbConv(expand: 3, kernel: 3, stride: 2, channels: 60, repeats: 1, skip: .pool),
      ], head: nil, classes: 6, activation: .relu, dropout: 0, padding: .symmetric),
  ]
}

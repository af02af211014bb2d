import EfficientNet
import EfficientNetTestSupport
import Testing

/// Random valid networks run and give the reference runner's results.
@Suite("Random networks")
struct RandomNetworkTests {
  @Test("the engine agrees with the reference runner", arguments: 0..<60)
  func matchesReference(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let architecture = Self.network(using: &generator)
    try architecture.validate()
    let weights = Formula.weights(of: architecture)
    let images = Formula.images(architecture.inputShape)
    let expected = try ReferenceRunner(architecture, weights: weights).run(images)
    let engine = try Engine(architecture, weights: weights)
    var session = engine.makeSession(pool: ThreadPool(threads: 2))
    let logits = session.run(images)
    #expect(relativeError(logits.elements, expected.elements) < 5e-5, "\(architecture.json)")
    for precision in [Precision.bfloat16, .float16] {
      let half = try Engine(
        architecture, weights: weights, precision: precision, outputs: architecture.stageNames)
      var observing = half.makeSession(pool: ThreadPool(threads: 2))
      #expect(observing.outputs(images).last?.value == observing.run(images))
    }
    let (rounded, quantization) = try Formula.quantized(architecture)
    let int8 = try Engine(
      architecture, weights: rounded, precision: .int8, quantization: quantization)
    var fused = int8.makeSession(pool: ThreadPool(threads: 2))
    let observer = try Engine(
      observing: architecture, weights: rounded, precision: .int8, quantization: quantization,
      pool: nil)
    var observed = observer.makeSession(pool: ThreadPool(threads: 1))
    #expect(observed.observe(images) { _, _, _ in } == fused.run(images).elements)
  }

  private static func network(using generator: inout SeededGenerator) -> Architecture {
    let stages = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
      stage(using: &generator)
    }
    return Architecture(
      name: "random", resolution: Int.random(in: 1...30, using: &generator),
      inputChannels: Int.random(in: 1...4, using: &generator),
      stem: Int.random(in: 1...40, using: &generator), stages: stages,
      head: Bool.random(using: &generator) ? Int.random(in: 1...70, using: &generator) : nil,
      classes: Int.random(in: 2...9, using: &generator),
      activation: [.relu, .relu6, .silu].randomElement(using: &generator) ?? .silu, dropout: 0.1,
      padding: Bool.random(using: &generator) ? .same : .symmetric,
      convolutionBias: Bool.random(using: &generator))
  }

  private static func stage(using generator: inout SeededGenerator) -> Stage {
    let expand = Int.random(in: 1...5, using: &generator)
    let kernel = [1, 3, 3, 5, 7].randomElement(using: &generator) ?? 3
    let stride = Int.random(in: 1...2, using: &generator)
    let channels = Int.random(in: 1...60, using: &generator)
    let repeats = Int.random(in: 1...2, using: &generator)
    let skip = Stage.Skip.allCases.randomElement(using: &generator) ?? .identity
    switch Int.random(in: 0..<9, using: &generator) {
    case 0:
      return .articleMBConv(
        expand: expand, kernel: kernel, stride: stride, channels: channels, repeats: repeats)
    case 1, 2:
      return .fusedMBConv(
        expand: expand, kernel: kernel, stride: stride, channels: channels, repeats: repeats,
        skip: skip)
    case 3:
      return .separable(kernel: kernel, stride: stride, channels: channels, repeats: repeats)
    case 4, 5:
      return .bottleneck(
        expand: expand, kernel: kernel, stride: stride, channels: channels, repeats: repeats,
        skip: skip == .pool ? .none : skip)
    default:
      return .mbConv(
        expand: expand, kernel: kernel, stride: stride, channels: channels, repeats: repeats,
        squeeze: Bool.random(using: &generator) ? 0.25 : nil, skip: skip)
    }
  }
}

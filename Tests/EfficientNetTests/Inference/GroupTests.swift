import EfficientNetTestSupport
import Testing

@testable import EfficientNet

@Suite("Groups of images")
struct GroupTests {
  /// Networks whose late blocks have more weights than feature maps, and one without such blocks.
  static let networks: [Architecture] = [
    Architecture(
      name: "squeezed", resolution: 48, stem: 16,
      stages: [
        .mbConv(expand: 1, kernel: 3, stride: 1, channels: 16, repeats: 1),
        .mbConv(expand: 4, kernel: 3, stride: 2, channels: 24, repeats: 2),
        .mbConv(expand: 6, kernel: 5, stride: 2, channels: 40, repeats: 2),
        .mbConv(expand: 6, kernel: 3, stride: 2, channels: 72, repeats: 2),
      ], head: 100, classes: 10, activation: .silu, dropout: 0),
    Architecture(
      name: "lite", resolution: 48, stem: 16,
      stages: [
        .mbConv(expand: 1, kernel: 3, stride: 1, channels: 16, repeats: 1, squeeze: nil),
        .mbConv(expand: 4, kernel: 3, stride: 2, channels: 24, repeats: 2, squeeze: nil),
        .mbConv(expand: 6, kernel: 5, stride: 2, channels: 40, repeats: 2, squeeze: nil),
        .mbConv(expand: 6, kernel: 3, stride: 2, channels: 72, repeats: 2, squeeze: nil),
      ], head: 100, classes: 10, activation: .relu6, dropout: 0),
    Architecture(
      name: "fused", resolution: 40, stem: 16,
      stages: [
        .fusedMBConv(expand: 1, kernel: 3, stride: 1, channels: 16, repeats: 1),
        .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 24, repeats: 2),
        .fusedMBConv(expand: 4, kernel: 3, stride: 2, channels: 40, repeats: 2),
        .mbConv(expand: 4, kernel: 3, stride: 2, channels: 64, repeats: 2),
      ], head: 100, classes: 10, activation: .silu, dropout: 0),
    Architecture(
      name: "pooled-skips", resolution: 40, stem: 16,
      stages: [
        .mbConv(
          expand: 1, kernel: 3, stride: 2, channels: 16, repeats: 1, squeeze: nil, skip: .pool),
        .mbConv(
          expand: 4, kernel: 3, stride: 2, channels: 40, repeats: 2, squeeze: nil, skip: .pool),
        .mbConv(
          expand: 4, kernel: 3, stride: 2, channels: 64, repeats: 2, squeeze: nil, skip: .pool),
      ], head: 100, classes: 10, activation: .silu, dropout: 0),
    Architecture(
      name: "large-maps", resolution: 64, stem: 16,
      stages: [
        .mbConv(expand: 1, kernel: 3, stride: 1, channels: 16, repeats: 1),
        .mbConv(expand: 2, kernel: 3, stride: 1, channels: 16, repeats: 2),
      ], head: nil, classes: 0, activation: .silu, dropout: 0),
  ]

  private static func images(_ architecture: Architecture, _ count: Int) -> Tensor {
    var shape = architecture.inputShape
    shape.n = count
    return Formula.images(shape)
  }

  /// Returns the images at the places of a range in a batch.
  private static func part(_ images: Tensor, _ range: Range<Int>) -> Tensor {
    let count = images.shape.count / images.shape.n
    var shape = images.shape
    shape.n = range.count
    return Tensor(
      shape: shape,
      elements: Array(images.elements[range.lowerBound * count..<range.upperBound * count]))
  }

  @Test(
    "outputs of a batch have the bits of single images, for any batch and threads",
    arguments: networks + Architecture.tiny + Architecture.unusual, Precision.allCases)
  func bits(architecture: Architecture, precision: Precision) throws {
    let (weights, quantization) =
      precision == .int8
      ? try Formula.quantized(architecture) : (Formula.weights(of: architecture), nil)
    let images = Self.images(architecture, 9)
    // In int8, the map of the head has no codes.
    let stages = architecture.stageNames.filter { precision != .int8 || $0 != "conv_head" }
    for outputs in [nil, [stages[1]], stages] {
      let engine = try Engine(
        architecture, weights: weights, precision: precision, quantization: quantization,
        outputs: outputs)
      var single = engine.makeSession(pool: ThreadPool(threads: 1))
      let expected = (0..<9).map { single.outputs(Self.part(images, $0..<$0 + 1)) }
      for threads in 1...3 {
        let pool = ThreadPool(threads: threads)
        for batch in 1...9 {
          for maximum in Set([batch, 9]) {
            var session = engine.makeSession(pool: pool, maximumBatch: maximum)
            let found = session.outputs(Self.part(images, 0..<batch))
            for (index, output) in found.enumerated() {
              let values = expected[..<batch].flatMap { $0[index].value.elements }
              #expect(
                output.value.elements == values,
                "\(output.name), batch \(batch) of \(maximum), \(threads) threads")
            }
          }
        }
      }
    }
  }

  @Test("a group on all threads has the bits of single images", arguments: networks)
  func sharedGroup(architecture: Architecture) throws {
    let engine = try Engine(architecture, weights: Formula.weights(of: architecture))
    let images = Self.images(architecture, 5)
    let pool = ThreadPool(threads: 3)
    let schedules = Schedules(engine, pool: pool)
    let last = engine.plan.steps.count - 1
    let workspace = GroupWorkspace(engine: engine, plan: engine.plan.grouped(4), threads: 3)
    // The group is smaller than its room and does not start at the first image.
    let values = workspace.values(of: [last], images, 2..<5, schedules) { pool }
    var single = engine.makeSession(pool: ThreadPool(threads: 1))
    for (image, values) in zip(2..<5, values) {
      #expect(values == [single.run(Self.part(images, image..<image + 1)).elements])
    }
  }

  @Test("every step has a time in batches of any size", arguments: 1...6)
  func times(batch: Int) throws {
    let architecture = Self.networks[0]
    let engine = try Engine(architecture, weights: Formula.weights(of: architecture))
    for threads in 1...2 {
      var session = engine.makeSession(pool: ThreadPool(threads: threads), maximumBatch: batch)
      let times = session.stepTimes(Self.images(architecture, batch))
      #expect(times.count == engine.plan.steps.count && times.allSatisfy { $0 > .zero })
    }
  }

  /// The name of the first step that takes all images of a group.
  private func start(_ architecture: Architecture, _ precision: Precision) -> String? {
    let plan = Plan(architecture, precision: precision).grouped(4)
    return plan.groupStart.map { plan.steps[$0].name }
  }

  @Test(
    "images share weights from the 7×7 blocks of B0 and Lite0 on",
    arguments: Precision.floatingPoint)
  func startOfPublishedNetworks(precision: Precision) throws {
    for name in ["b0", "lite0"] {
      #expect(start(try Variant(named: name).architecture, precision) == "blocks.5.0.conv_pw")
    }
  }

  @Test("images share weights where the weights are larger than the maps")
  func startOfSmallNetworks() {
    #expect(
      Self.networks.map { start($0, .float32) } == [
        "blocks.3.0.conv_pw", "blocks.2.0.conv_pwl", "blocks.2.0.conv_exp", "blocks.1.1.conv_pw",
        nil,
      ])
    // The maps are half as large in bfloat16, and so are the weights of products, but not those of
    // squeeze-and-excitation.
    #expect(start(Self.networks[0], .bfloat16) == "blocks.2.0.conv_pwl")
  }

  @Test("scaled weights, which belong to one image, are only in the early steps")
  func scaledWeights() throws {
    let published = try ["b0", "b3", "v2-s"].map { try Variant(named: $0).architecture }
    for architecture in Self.networks + Architecture.tiny + Architecture.unusual + published {
      let plan = Plan(architecture).grouped(4)
      for step in plan.steps[(plan.groupStart ?? plan.steps.count)...] {
        switch step.kernel {
        case .excite(_, .weights): Issue.record("\(step.name) scales weights")
        case .product: #expect(step.second == nil, "\(step.name)")
        case .convolution, .separable, .averagePool, .squeeze, .excite(_, .map), .pooledProduct:
          break
        }
      }
    }
  }

  @Test("the early steps run image by image, the late steps once")
  func passes() throws {
    let plan = Plan(Self.networks[0])
    let grouped = plan.grouped(4)
    let (start, end) = (try #require(grouped.groupStart), plan.steps.count)
    func passes(_ plan: Plan, _ images: Int, _ last: Int) -> [[Range<Int>]] {
      plan.passes(of: images, through: last).map { [$0.steps, $0.places] }
    }
    #expect(
      passes(grouped, 2, end - 1) == [
        [0..<start, 0..<1], [0..<start, 1..<2], [start..<end, 0..<2],
      ])
    #expect(passes(grouped, 2, start - 1) == [[0..<start, 0..<1], [0..<start, 1..<2]])
    #expect(passes(plan, 2, end - 1) == [[0..<end, 0..<1], [0..<end, 1..<2]])
  }

  @Test("buffers of a group that are in use at the same time do not overlap", arguments: networks)
  func places(architecture: Architecture) {
    let plan = Plan(architecture).grouped(3)
    let start = plan.groupStart ?? plan.steps.count
    for (i, a) in plan.buffers.enumerated() {
      let region = plan.places[i]
      let isLate = plan.groupStart != nil && a.lastStep >= start
      #expect(a.images == (isLate ? 3 : 1))
      #expect(region.count == a.layout.count * a.images)
      #expect(region.offset + region.count <= plan.memoryCount)
      for (j, b) in plan.buffers.enumerated().dropFirst(i + 1) {
        // Early steps run again for the next image, while the buffers of a group keep the last one.
        let (aFirst, bFirst) = (
          isLate && a.firstStep < start ? -1 : a.firstStep,
          b.images > 1 && b.firstStep < start ? -1 : b.firstStep
        )
        guard aFirst <= b.lastStep, bFirst <= a.lastStep else { continue }
        let other = plan.places[j]
        let isApart =
          region.offset + region.count <= other.offset
          || other.offset + other.count <= region.offset
        #expect(isApart, "\(i) and \(j)")
      }
    }
  }

  @Test("a group of one takes the memory of one image, and a group of B0 that of the last maps")
  func memory() throws {
    for architecture in Self.networks + [try Variant(named: "b0").architecture] {
      let plan = Plan(architecture)
      let single = plan.grouped(1)
      #expect(single.groupStart == nil && single.places == plan.places)
      #expect(plan.sessionBytes(maximumBatch: 1, threads: 1) == plan.bytesPerImage)
      #expect(plan.sessionBytes(maximumBatch: 1, threads: 2) == plan.bytesPerImage)
      #expect(plan.sessionBytes(maximumBatch: 3, threads: 2) == 2 * plan.bytesPerImage)
      let grouped = plan.grouped(4)
      #expect(plan.sessionBytes(maximumBatch: 16, threads: 2) == 2 * grouped.bytesPerImage)
      #expect(grouped.weightBytes == plan.weightBytes)
    }
    // While the early steps run, the group keeps the inputs of the first late step.
    let plan = Plan(try Variant(named: "b0").architecture)
    #expect(plan.grouped(4).memoryCount - plan.memoryCount == 4 * 14 * 14 * 112)
  }
}

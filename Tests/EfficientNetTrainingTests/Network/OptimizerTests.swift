import EfficientNet
import EfficientNetCompute
import EfficientNetTestSupport
import Testing

@testable import EfficientNetTraining

@Suite("Optimizers, losses, schedules")
struct OptimizerTests {
  @Test("clipping shortens the step and keeps its direction")
  func clipping() throws {
    func moved(clip: Double?) throws -> (norm: Double?, change: [Float]) {
      let architecture = Architecture.trained[0]
      let before = Formula.weights(of: architecture)
      let network = try TrainingNetwork(
        architecture, weights: before, maximumBatch: 2, pool: ThreadPool(threads: 1))
      var shape = architecture.inputShape
      shape.n = 2
      let logits = network.forward(Formula.images(shape), seed: nil)
      network.backward(logits)
      let optimizer = Optimizer(.sgd(momentum: 0, nesterov: false), for: network)
      let norm = optimizer.step(network, rate: 1, clip: clip)
      let name = "classifier.weight"
      let after = network.weights.tensors[name]?.elements ?? []
      return (norm, zip(after, before.tensors[name]?.elements ?? []).map(-))
    }
    let free = try moved(clip: nil)
    let loose = try moved(clip: 1e9)
    #expect(free.norm == nil && free.change == loose.change)
    let norm = try #require(loose.norm)
    let tight = try moved(clip: norm / 4)
    #expect(relativeError(tight.change.map { 4 * $0 }, free.change) < 1e-4)
  }

  @Test("a step clears the gradients and leaves frozen parameters unchanged")
  func freezing() throws {
    let architecture = Architecture.trained[0]
    let before = Formula.weights(of: architecture)
    let network = try TrainingNetwork(
      architecture, weights: before, maximumBatch: 2, pool: ThreadPool(threads: 2))
    network.freeze(.stages(upTo: 2))
    var shape = architecture.inputShape
    shape.n = 2
    let optimizer = Optimizer(.adamW(), for: network, decay: 0.1, decayed: .all)
    network.backward(network.forward(Formula.images(shape), seed: 1))
    optimizer.step(network, rate: 0.1)
    for name in network.parameterNames {
      #expect(network.gradient(of: name)?.elements.allSatisfy { $0 == 0 } == true)
    }
    let after = network.weights
    for node in Graph(architecture).nodes {
      for name in node.operation.parameters(layer: node.name).map(\.name) {
        let isSame = after.tensors[name]?.elements == before.tensors[name]?.elements
        #expect(isSame != Freezing.stages(upTo: 2).trains(node.part), "\(name)")
      }
    }
  }

  @Test("layer-wise decay lowers the rate of early layers")
  func layerDecay() throws {
    let architecture = Architecture.trained[0]
    func change(_ decay: Double) throws -> [String: Float] {
      let network = try TrainingNetwork(
        architecture, weights: Formula.weights(of: architecture), maximumBatch: 1,
        pool: ThreadPool(threads: 1))
      let optimizer = Optimizer(
        .sgd(momentum: 0, nesterov: false), for: network, layerDecay: decay)
      let before = network.weights
      network.backward(network.forward(Formula.images(architecture.inputShape), seed: nil))
      optimizer.step(network, rate: 1)
      let after = network.weights
      return after.tensors.compactMapValues { $0 }.reduce(into: [:]) { result, entry in
        let old = before.tensors[entry.key]?.elements ?? []
        result[entry.key] = zip(entry.value.elements, old).map { abs($0 - $1) }.max()
      }
    }
    let (same, slower) = (try change(1), try change(0.5))
    func ratio(_ name: String) -> Float { (slower[name] ?? 0) / (same[name] ?? 0) }
    #expect(abs(ratio("classifier.weight") - 1) < 1e-4)
    #expect(abs(ratio("conv_head.weight") - 0.5) < 1e-3)
    #expect(abs(ratio("blocks.3.1.conv_pw.weight") - 0.25) < 1e-3)
    #expect(abs(ratio("blocks.3.0.conv_pw.weight") - 0.125) < 1e-3)
  }

  @Test("the moving average follows the weights")
  func average() throws {
    let architecture = Architecture.trained[0]
    let network = try TrainingNetwork(
      architecture, weights: Formula.weights(of: architecture), maximumBatch: 1,
      pool: ThreadPool(threads: 2))
    let average = WeightAverage(of: network, decay: 0.5)
    let optimizer = Optimizer(.sgd(), for: network)
    let name = "blocks.0.0.bn1.running_mean"
    var expected = network.weights.tensors[name]?.elements ?? []
    for step in 1...3 {
      network.backward(network.forward(Formula.images(architecture.inputShape), seed: nil))
      optimizer.step(network, rate: 0.01)
      average.update(network)
      let kept = min(0.5, Float(1 + step) / Float(10 + step))
      let now = network.weights.tensors[name]?.elements ?? []
      expected = zip(expected, now).map { kept * $0 + (1 - kept) * $1 }
    }
    #expect(
      relativeError(average.weights(of: network).tensors[name]?.elements ?? [], expected) < 1e-5)
  }

  @Test("cross entropy equals its value by hand, and its gradient finite differences")
  func crossEntropy() {
    let even = CrossEntropy().value([0, 0, 0, 0], labels: [1, 0])
    #expect(abs(even.loss - 0.693_147_18) < 1e-6)
    #expect(even.gradient == [0.25, -0.25, -0.25, 0.25])
    #expect(even.correct == 1)
    let logits: [Float] = [0.5, -1, 2, 0.25, 3, -0.5]
    let mixed: [Float] = [0.25, 0.75, 0, 0, 0.5, 0.5]
    for loss in [
      CrossEntropy(smoothing: 0.1), CrossEntropy(smoothing: 0.2, classWeights: [1, 2, 0.5]),
    ] {
      for targets in [nil, mixed] {
        let value = loss.value(logits, labels: [2, 1], targets: targets)
        for index in logits.indices {
          var (up, down) = (logits, logits)
          up[index] += 1e-2
          down[index] -= 1e-2
          let slope =
            (loss.value(up, labels: [2, 1], targets: targets).loss
              - loss.value(down, labels: [2, 1], targets: targets).loss)
            / Double(up[index] - down[index])
          #expect(abs(slope - Double(value.gradient[index])) < 1e-4)
        }
      }
    }
    // A mixed photo is counted as correct if its larger class is predicted; the label may be the
    // smaller one's.
    #expect(CrossEntropy().value([3, 0], labels: [1], targets: [0.75, 0.25]).correct == 1)
    #expect(CrossEntropy().value([0, 3], labels: [1], targets: [0.75, 0.25]).correct == 0)
    #expect(CrossEntropy().value([0, 3], labels: [1], targets: [0.5, 0.5]).correct == 1)
    // Large logits do not overflow.
    #expect(CrossEntropy().value([1e30, 0], labels: [0]).loss == 0)
    #expect(!CrossEntropy().value([.nan, 0], labels: [0]).loss.isFinite)
  }

  private struct TorchLoss {
    let targets: [Float]?
    let smoothing: Double
    let isWeighted: Bool
    let loss: Double
    let gradient: [Float]
  }

  /// `torch.nn.functional.cross_entropy` 2.15 in double precision, with labels 2 and 1 or these
  /// targets, weights 1, 2 and 0.5.
  @Test("class weights, label smoothing and targets equal PyTorch's")
  func torchLosses() {
    let mixed: [Float] = [0.25, 0.75, 0, 0, 0.5, 0.5]
    let expected = [
      TorchLoss(
        targets: nil, smoothing: 0, isWeighted: true, loss: 0.120226404,
        gradient: [0.0350581, 0.0078225, -0.0428806, 0.0467426, -0.0688223, 0.0220797]),
      TorchLoss(
        targets: nil, smoothing: 0.2, isWeighted: false, loss: 0.523966572,
        gradient: [0.0543119, -0.013777, -0.0405348, -0.0041192, 0.0236527, -0.0195335]),
      TorchLoss(
        targets: nil, smoothing: 0.2, isWeighted: true, loss: 0.447099328,
        gradient: [0.0177402, -0.0434248, 0.0256846, 0.0161807, -0.0230871, 0.0069063]),
      TorchLoss(
        targets: mixed, smoothing: 0, isWeighted: true, loss: 3.142369372,
        gradient: [0.0283791, -0.7157765, 0.6873974, 0.0365177, 0.0712326, -0.1077503]),
      TorchLoss(
        targets: mixed, smoothing: 0.2, isWeighted: true, loss: 2.952543254,
        gradient: [0.0098205, -0.6347247, 0.6249042, 0.0026974, 0.0969495, -0.0996469]),
    ]
    for expected in expected {
      let loss = CrossEntropy(
        smoothing: expected.smoothing, classWeights: expected.isWeighted ? [1, 2, 0.5] : nil)
      let value = loss.value(
        [0.5, -1, 2, 0.25, 3, -0.5], labels: [2, 1], targets: expected.targets)
      #expect(abs(value.loss - expected.loss) < 1e-8, "\(expected)")
      for (found, expected) in zip(value.gradient, expected.gradient) {
        #expect(abs(found - expected) < 1e-6)
      }
    }
  }

  @Test("decay applies to weights, to weights and biases, or to all")
  func decay() throws {
    let architecture = Architecture.trained[0]
    func decayed(_ parameters: DecayedParameters) throws -> Set<String> {
      let before = Formula.weights(of: architecture)
      let network = try TrainingNetwork(
        architecture, weights: before, maximumBatch: 1, pool: ThreadPool(threads: 1))
      // The only gradient is that of the decay.
      Optimizer(
        .sgd(momentum: 0, nesterov: false), for: network, decay: 0.5, decayed: parameters
      ).step(network, rate: 0.5)
      let after = network.weights
      return Set(
        network.parameterNames.filter {
          after.tensors[$0]?.elements != before.tensors[$0]?.elements
        })
    }
    let all = try decayed(.all)
    let network = try TrainingNetwork(
      architecture, weights: Formula.weights(of: architecture), maximumBatch: 1,
      pool: ThreadPool(threads: 1))
    #expect(all == Set(network.parameterNames))
    let isOfNorm = { (name: String) in name.split(separator: ".").contains { $0.hasPrefix("bn") } }
    #expect(try decayed(.weightsAndBiases) == all.filter { !isOfNorm($0) })
    #expect(try decayed(.weights) == all.filter { !isOfNorm($0) && $0.hasSuffix(".weight") })
    #expect(Recipe.efficientnet.decayed == .weightsAndBiases)
  }

  /// `build_learning_rate` of the official utils.py: a linear warm-up to the full rate, then the
  /// decay as if there had been no warm-up.
  @Test("the schedule is the official one")
  func officialSchedule() {
    let schedule = Recipe.efficientnet.schedule(stepsPerEpoch: 100)
    #expect(schedule.factor(249) == 0.5 && schedule.factor(299) == 0.6)
    #expect(schedule.factor(499) == 1)
    #expect(abs(schedule.factor(500) - 0.97 * 0.97) < 1e-12)
    #expect(abs(schedule.factor(720) - 0.97 * 0.97 * 0.97) < 1e-12)
  }

  @Test("schedules are exact at their start, at transitions and at their end")
  func schedules() {
    let cosine = Schedule(form: .cosine(steps: 100), warmUp: 10)
    #expect(cosine.factor(0) == 0.1 && cosine.factor(4) == 0.5 && cosine.factor(9) == 1)
    #expect(abs(cosine.factor(50) - 0.5) < 1e-9 && abs(cosine.factor(100)) < 1e-9)
    #expect(cosine.factor(1000) == cosine.factor(100))
    let led = Schedule(form: cosine.form, warmUp: 10, lead: 200)
    #expect(led.factor(0) == 0.1 && led.factor(9) == 1 && led.factor(199) == 1)
    #expect((0..<120).allSatisfy { led.factor(200 + $0) == cosine.factor($0) })
    let steps = Schedule(form: .exponential(factor: 0.97, every: 2.4))
    #expect(steps.factor(2) == 1 && steps.factor(3) == 0.97)
    #expect(abs(steps.factor(12) - 0.97 * 0.97 * 0.97 * 0.97 * 0.97) < 1e-12)
    #expect(Schedule(form: .constant).factor(12345) == 1)
  }

  @Test("freezing is parsed from the command's text")
  func freezingText() throws {
    #expect(Freezing("backbone") == .backbone && Freezing("backbone:3") == .stages(upTo: 3))
    #expect(
      Freezing("nothing") == .nothing && Freezing("backbone:0") == nil && Freezing("x") == nil)
    #expect(!Freezing.stages(upTo: 1).trains(.block(stage: 0, index: 0)))
    #expect(Freezing.stages(upTo: 1).trains(.block(stage: 1, index: 0)))
    #expect(!Freezing.stages(upTo: 1).trains(.stem) && Freezing.stages(upTo: 1).trains(.head))
    #expect(!Freezing.backbone.trains(.head) && Freezing.backbone.trains(.classifier))
    let parts = try Dictionary(
      uniqueKeysWithValues: Graph(Variant(named: "b0").architecture).nodes.map {
        ($0.name, $0.part)
      })
    #expect(parts["conv_stem"] == .stem && parts["bn1"] == .stem)
    #expect(parts["blocks.2.1.bn2"] == .block(stage: 2, index: 1))
    #expect(parts["conv_head"] == .head && parts["bn2"] == .head)
    #expect(parts["classifier"] == .classifier)
  }
}

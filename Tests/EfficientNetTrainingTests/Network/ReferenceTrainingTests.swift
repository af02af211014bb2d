import EfficientNet
import EfficientNetCompute
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetTraining

/// Compares twenty steps of each optimizer with PyTorch's in double precision: Fixtures/train.json,
/// written by Tools/reference/make_train.py.
@Suite("Comparison of training with PyTorch")
struct ReferenceTrainingTests {
  struct Reference: Decodable, CustomTestStringConvertible {
    struct Tensor: Decodable {
      let norm: Double
      let first: [Double]
    }
    let optimizer: String
    let label_smoothing: Double
    /// The number of steps that train the classifier alone, before all layers are trained.
    let head_steps: Int
    let losses: [Double]
    let gradients: [String: Tensor]
    let after: [String: Tensor]

    var testDescription: String {
      optimizer + (head_steps > 0 ? ", \(head_steps) steps of the classifier alone" : "")
    }

    static let all: [Reference] = {
      let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/train.json")
      return (try? JSONDecoder().decode([Reference].self, from: Data(contentsOf: path))) ?? []
    }()

    func make(_ network: TrainingNetwork) throws -> (Optimizer, rate: Double) {
      let rule = optimizer.prefix(while: { $0 != "(" }).trimmingCharacters(in: .whitespaces)
      switch rule {
      case "SGD lr=0.02 momentum=0.9 nesterov=False weight_decay=0":
        return (Optimizer(.sgd(momentum: 0.9, nesterov: false), for: network), 0.02)
      case "SGD lr=0.02 momentum=0.9 nesterov=True weight_decay=1e-4":
        return (
          Optimizer(
            .sgd(momentum: 0.9, nesterov: true), for: network, decay: 1e-4, decayed: .all),
          0.02
        )
      case "RMSpropTF lr=0.002 alpha=0.9 eps=1e-3 momentum=0.9 weight_decay=1e-5":
        return (Optimizer(.rmsprop(), for: network, decay: 1e-5, decayed: .all), 0.002)
      case "AdamW lr=0.002 betas=0.9,0.999 eps=1e-8 weight_decay=0.05":
        return (Optimizer(.adamW(), for: network, decay: 0.05, decayed: .all), 0.002)
      default:
        throw UnknownOptimizer(name: optimizer)
      }
    }
  }

  private struct UnknownOptimizer: Error { let name: String }

  /// The network of make_train.py.
  private static let architecture: Architecture = {
    var architecture = Family.efficientNet.architecture(
      name: "train", scale: CompoundScale(width: 0.25, depth: 0.5, resolution: 64, dropout: 0))
    architecture.classes = 10
    architecture.stochasticDepth = 0
    // At this width, the first block's input and output have the same shape, but
    // efficientnet_pytorch has no skip connection in the first block of a stage.
    architecture.stages[0].skip = .none
    return architecture
  }()

  private static func images(_ step: Int) -> Tensor {
    let unit = Formula.unit("step\(step)", count: 8 * 3 * 64 * 64)
    var images = Tensor(shape: Shape(n: 8, h: 64, w: 64, c: 3))
    for n in 0..<8 {
      for c in 0..<3 {
        for h in 0..<64 {
          for w in 0..<64 {
            images[n: n, h: h, w: w, c: c] = Float(unit[((n * 3 + c) * 64 + h) * 64 + w])
          }
        }
      }
    }
    return images
  }

  @Test("gradients, losses, weights and statistics equal PyTorch's", arguments: Reference.all)
  func steps(reference: Reference) throws {
    let architecture = Self.architecture
    let stored = NameMap.lukemelas.parameters(of: architecture)
    let weights = try NameMap.lukemelas.canonical(
      Formula.weights(of: architecture, naming: .lukemelas), for: architecture)
    let network = try TrainingNetwork(
      architecture, weights: weights, maximumBatch: 8, pool: ThreadPool(threads: 2))
    let (optimizer, rate) = try reference.make(network)
    let loss = CrossEntropy(smoothing: reference.label_smoothing)
    for (step, expected) in reference.losses.enumerated() {
      let freezing = step < reference.head_steps ? Freezing.backbone : .nothing
      network.freeze(training: { freezing.trains($1) }, norms: { !freezing.trains($0) })
      let logits = network.forward(Self.images(step), seed: UInt64(step))
      let value = loss.value(logits, labels: (0..<8).map { (3 * $0 + step) % 10 })
      #expect(
        abs(value.loss - expected) < (step < reference.head_steps + 8 ? 2e-5 : 2e-3)
          * max(1, expected),
        "step \(step): \(value.loss), PyTorch \(expected)")
      network.backward(value.gradient)
      if step == reference.head_steps {
        for parameter in stored where parameter.parameter.isTrainable {
          let gradient = network.gradient(of: parameter.parameter.name)
          check(
            gradient?.elements ?? [], reference.gradients[parameter.name], 1e-4,
            "gradient of \(parameter.name)")
        }
      }
      optimizer.step(network, rate: rate)
    }
    let after = network.weights
    for parameter in stored {
      // A bias in front of another norm has no gradient except rounding errors, which Adam scales
      // up to whole steps; the means behind it follow.
      let isNoise =
        reference.gradients[parameter.name].map { $0.norm < 1e-9 }
        ?? parameter.name.hasSuffix("running_mean")
      if isNoise, case .adamW = optimizer.rule { continue }
      check(
        after.tensors[parameter.parameter.name]?.elements ?? [], reference.after[parameter.name],
        2e-3, "\(parameter.name) after the last step")
    }
  }

  private func check(
    _ elements: [Float], _ expected: Reference.Tensor?, _ tolerance: Double, _ name: String
  ) {
    guard let expected else {
      Issue.record("PyTorch has no \(name)")
      return
    }
    let norm = elements.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(
      abs(norm - expected.norm) <= tolerance * expected.norm + 2e-6,
      "\(name): \(norm), \(expected.norm)")
    let scale = max(expected.norm / Double(elements.count).squareRoot(), 1e-12)
    for (value, expected) in zip(elements, expected.first) {
      #expect(
        abs(Double(value) - expected) <= 10 * tolerance * max(scale, abs(expected)) + 1e-6,
        "\(name): \(value), \(expected)")
    }
  }
}

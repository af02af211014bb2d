import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

/// What a PyTorch implementation answered to the formula's image with the formula's weights.
struct ReferenceLogits: Decodable, CustomTestStringConvertible {
  let source: String
  let model: String
  let resolution: Int
  let parameters: Int
  let first: [Double]
  let mean: Double
  let std: Double
  let max: Double
  let argmax: Int

  var testDescription: String { "\(source) \(model)" }
  var naming: NameMap { source == "timm" ? .timm : .lukemelas }

  /// Made by Tools/reference/make_logits.py.
  static let all: [ReferenceLogits] = {
    guard let url = Bundle.module.url(forResource: "Fixtures/logits", withExtension: "json"),
      let data = try? Data(contentsOf: url),
      let entries = try? JSONDecoder().decode([ReferenceLogits].self, from: data)
    else { return [] }
    return entries
  }()

  /// The largest difference in what the file says of the logits, relative to the largest logit.
  func error(of logits: [Float]) -> Double {
    let values = logits.map(Double.init)
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    var differences = zip(values, first).map { abs($0 - $1) }
    differences.append(abs(mean - self.mean))
    differences.append(abs(variance.squareRoot() - std))
    differences.append(abs((values.max() ?? .infinity) - max))
    return (differences.max() ?? .infinity) / abs(max)
  }
}

@Suite("Reference logits")
struct ReferenceLogitsTests {
  @Test("the fixture is there")
  func fixture() {
    #expect(ReferenceLogits.all.count == 8)
  }

  @Test("the engine gives PyTorch's logits", arguments: ReferenceLogits.all)
  func engine(reference: ReferenceLogits) throws {
    let architecture = try Variant(named: reference.model).architecture
    let weights = try reference.naming.canonical(
      Formula.weights(of: architecture, naming: reference.naming), for: architecture)
    let engine = try Engine(architecture, weights: weights)
    var session = engine.makeSession(pool: ThreadPool())
    let logits = session.run(Formula.images(architecture.inputShape)).elements
    #expect(reference.error(of: logits) < 1e-4)
    #expect(logits.firstIndex(of: logits.max() ?? 0) == reference.argmax)
  }

  @Test("the reference runner and every instruction set give PyTorch's logits for B0")
  func b0() throws {
    let reference = try #require(ReferenceLogits.all.first { $0.model == "b0" })
    let architecture = try Variant(named: "b0").architecture
    let weights = try NameMap.lukemelas.canonical(
      Formula.weights(of: architecture, naming: .lukemelas), for: architecture)
    let images = Formula.images(architecture.inputShape)
    let exact = try ReferenceRunner(architecture, weights: weights).run(images)
    #expect(reference.error(of: exact.elements) < 1e-5)
    for isa in InstructionSet.available {
      let engine = try Engine(architecture, weights: weights, instructionSet: isa)
      var session = engine.makeSession(pool: ThreadPool())
      let logits = session.run(images)
      #expect(relativeError(logits.elements, exact.elements) < 2e-5, "\(isa)")
    }
  }
}

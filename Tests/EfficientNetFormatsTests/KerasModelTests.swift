import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

/// Loads Keras' published weight files and compares the logits with Keras'. The files are not in
/// the repository; without them, the tests are skipped.
@Suite struct KerasModelTests {
  private static let folder = KerasReferenceTests.folder

  private struct Entry: Decodable {
    let model: String
    let resolution, parameters, classes, argmax: Int
    let first: [Double]
    let mean, std, max: Double
  }

  private func entry(_ file: String, _ name: String) throws -> Entry {
    let url = URL(filePath: Self.folder).deletingLastPathComponent().appending(path: file)
    let entries = try JSONDecoder().decode([Entry].self, from: Data(contentsOf: url))
    return try #require(entries.first { $0.model.hasPrefix(name) })
  }

  private func description(_ family: Family) -> ModelDescription {
    var architecture = family.architecture(
      name: "small",
      scale: CompoundScale(width: 0.25, depth: 0.5, resolution: 64, dropout: 0.2))
    architecture.classes = 10
    return architecture.standardDescription(provenance: "")
  }

  private func run(_ model: Model, _ images: Tensor) throws -> [Double] {
    let engine = try Engine(model.description.architecture, weights: model.weights)
    var session = engine.makeSession(pool: ThreadPool(threads: 2))
    return session.run(images).elements.map(Double.init)
  }

  private func expect(_ values: [Double], _ entry: Entry) {
    #expect(values.count == entry.classes)
    for (value, expected) in zip(values, entry.first) { #expect(abs(value - expected) <= 1e-4) }
    #expect(abs((values.max() ?? 0) - entry.max) <= 1e-4)
    #expect(values.firstIndex(of: values.max() ?? 0) == entry.argmax)
    let mean = values.reduce(0, +) / Double(values.count)
    #expect(abs(mean - entry.mean) <= 1e-4)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    #expect(abs(variance.squareRoot() - entry.std) <= 1e-4)
  }

  @Test(
    .enabled(
      if: KerasReferenceTests.isThere, "no folder ../shared/reference/keras beside the repository"
    ),
    arguments: ["small.keras", "small.weights.h5", "small_legacy.h5"])
  func efficientNet(name: String) throws {
    let entry = try entry("keras.json", "small ")
    let model = try Model(weightFile: "\(Self.folder)/\(name)", for: description(.efficientNet))
    #expect(Graph(model.description.architecture).parameterCount == entry.parameters)
    // x / 255, then a normalization that does nothing.
    #expect(model.description.preprocessing.mean == [0, 0, 0])
    for std in model.description.preprocessing.std { #expect(abs(std - 255) < 1e-3) }
    #expect(model.description.classes == ClassLabel.numbered(10))
    #expect(model.description.provenance == "\(Self.folder)/\(name)")
    var images = Formula.images(model.description.architecture.inputShape)
    for index in images.elements.indices {
      images.elements[index] = images.elements[index] / 2 + 0.5
    }
    expect(try run(model, images), entry)
  }

  @Test(
    .enabled(
      if: KerasReferenceTests.isThere, "no folder ../shared/reference/keras beside the repository"
    ),
    arguments: ["article_small.weights.h5", "article_small_legacy.h5"])
  func article(name: String) throws {
    let entry = try entry("article.json", "article small")
    let model = try Model(weightFile: "\(Self.folder)/\(name)", for: description(.article))
    #expect(Graph(model.description.architecture).parameterCount == entry.parameters)
    let logits = try run(model, Formula.images(model.description.architecture.inputShape))
    let exponentials = logits.map { exp($0 - (logits.max() ?? 0)) }
    expect(exponentials.map { $0 / exponentials.reduce(0, +) }, entry)
  }
}

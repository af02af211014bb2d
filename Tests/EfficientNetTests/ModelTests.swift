import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("Model files")
struct ModelTests {
  /// A small network for photos, with formula weights.
  static func model() throws -> Model {
    let architecture = Architecture.tiny[0]
    return try Model(
      ModelDescription(
        architecture: architecture,
        preprocessing: Preprocessing(
          resize: 40, crop: 33, interpolation: .bilinear, mean: [127, 127, 127],
          std: [128, 128, 128]),
        classes: (0..<17).map { ClassLabel(name: "class \($0)") }, provenance: "the formula"),
      weights: Formula.weights(of: architecture))
  }

  @Test("come back as they were written, and say everything themselves")
  func roundTrip() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let model = try Self.model()
    try model.write(to: path)
    let read = try Model(contentsOf: path)
    #expect(read.description == model.description)
    #expect(read.weights.names == model.weights.names)
    for name in model.weights.names {
      #expect(read.weights.tensors[name]?.elements == model.weights.tensors[name]?.elements)
    }
    #expect(read.weights.metadata["variant"] == "tiny-silu")
    #expect(read.weights.metadata["padding"] == "same")
    #expect(read.weights.metadata["batch_norm_epsilon"] == "0.001")
  }

  @Test("with a description that contradicts itself are refused")
  func contradictions() throws {
    let model = try Self.model()
    var description = model.description
    description.classes.removeLast()
    #expect(throws: WeightsError.self) { try Model(description, weights: model.weights) }
    description = model.description
    description.preprocessing.crop = 32
    #expect(throws: WeightsError.self) { try Model(description, weights: model.weights) }
    description = model.description
    description.architecture.stages[0].repeats = 0
    #expect(throws: ArchitectureError.self) { try Model(description, weights: model.weights) }
  }

  @Test("with metadata that is no description are refused, and the field is named")
  func damagedDescription() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var weights = try Self.model().weights
    weights.metadata = ["swift-efficientnet": "{\"architecture\": {\"name\": 7}}"]
    try weights.write(safetensors: path)
    let error = #expect(throws: WeightsError.self) { try Model(contentsOf: path) }
    #expect(error?.description.contains("architecture.name") == true)
    weights.metadata = [:]
    try weights.write(safetensors: path)
    let plain = #expect(throws: WeightsError.self) { try Model(contentsOf: path) }
    #expect(plain?.description.contains("--model") == true)
  }

  @Test("a classifier is the same from several tasks at once")
  func classifier() async throws {
    let classifier = try Classifier(Self.model(), pool: ThreadPool(threads: 2))
    var photo = PixelBuffer(width: 50, height: 41, repeating: 0)
    for index in photo.bytes.indices {
      photo.bytes[index] = UInt8(truncatingIfNeeded: index &* 37 >> 3)
    }
    let expected = classifier.classify(photo, top: 3)
    #expect(expected.count == 3)
    await withTaskGroup(of: [Prediction].self) { [photo] group in
      for _ in 0..<6 { group.addTask { classifier.classify(photo, top: 3) } }
      for await predictions in group { #expect(predictions == expected) }
    }
  }
}

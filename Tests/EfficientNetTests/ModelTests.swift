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

  @Test("a model is read as it was written, and its metadata describes it")
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

  @Test("a file that is replaced by that of another network while it is read is an error")
  func replaced() throws {
    let folder = try TemporaryFolder()
    let (first, second) = (folder.path("first"), folder.path("second"))
    var model = try Self.model()
    try model.write(to: first)
    model.description.classes[0].name = "another"
    try model.write(to: second)
    let outline = try Weights(outlineOf: first)
    let error = #expect(throws: WeightsError.self) {
      try Model(described: outline) { () throws(WeightsError) in try Weights(safetensors: second) }
    }
    #expect(error?.description == "\(second): was replaced while it was read; read it again")
  }

  @Test("a description is one line without the classes")
  func line() throws {
    var description = try Self.model().description
    #expect("\(description)" == "tiny-silu, 33 pixels, 17 classes (softmax), the formula")
    description.provenance = "a\nb"
    #expect(!"\(description)".contains("\n"))
  }

  @Test("the folder of a run stands for its best weights")
  func folder() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func message(_ path: String) -> String? {
      #expect(throws: WeightsError.self) { _ = try Classifier(weights: path, threads: 1) }?
        .description
    }
    #expect(
      message(folder)
        == "\(folder): the folder has no best.safetensors: it is not the folder of a run, or its "
        + "first epoch has not ended; name a weight file or a run, such as runs/train/photos")
    let model = try Self.model()
    try model.write(to: "\(folder)/best.safetensors")
    for path in [folder, "\(folder)/"] {
      #expect(try Classifier(weights: path, threads: 1).description == model.description)
      #expect(try Model(contentsOf: path).weights.source == "\(folder)/best.safetensors")
    }
  }

  @Test("a description that is no JSON object is refused", arguments: ["null", "[]", "5"])
  func noObject(text: String) throws {
    var weights = try Self.model().weights
    weights.metadata = [Model.metadataKey: text]
    let error = #expect(throws: WeightsError.self) { try Model(described: weights) }
    #expect(
      error?.description
        == "\(weights.source) is damaged: its description cannot be read (it is not a JSON object)")
  }

  @Test("a description that contradicts itself is refused")
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

  @Test("a new classifier without classes is refused")
  func noClasses() throws {
    var generator = SeededGenerator(seed: 1)
    #expect(throws: ArchitectureError.self) {
      try Self.model().withNewHead(classes: [], using: &generator)
    }
  }

  @Test("the error for wrong metadata names the field")
  func damagedDescription() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var weights = try Self.model().weights
    weights.metadata = ["swift-efficientnet": "{\"architecture\": {\"name\": 7}}"]
    try weights.write(safetensors: path)
    let error = #expect(throws: WeightsError.self) { try Model(contentsOf: path) }
    #expect(error?.description.contains("architecture.name") == true)
    // A field of a later version is an error, not ignored.
    let described = try JSONEncoder().encode(Self.model().description)
    weights.metadata["swift-efficientnet"] = String(decoding: described, as: UTF8.self)
      .replacing("\"provenance\"", with: "\"temperature\":2,\"provenance\"")
    try weights.write(safetensors: path)
    let later = #expect(throws: WeightsError.self) { try Model(contentsOf: path) }
    #expect(later?.description.contains("unknown field 'temperature'") == true)
    weights.metadata = [:]
    try weights.write(safetensors: path)
    let plain = #expect(throws: WeightsError.self) { try Model(contentsOf: path) }
    #expect(plain?.description.contains("name the network") == true)
  }

  @Test("simultaneous tasks get the same predictions")
  func classifier() async throws {
    let classifier = try Classifier(Self.model(), pool: ThreadPool(threads: 2))
    var photo = PixelBuffer(width: 50, height: 41, repeating: 0)
    photo.withMutableBytes { bytes in
      for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &* 37 >> 3) }
    }
    let classify: @Sendable () throws -> [Prediction] = { [photo] in
      try classifier.classify(photo, top: 3)
    }
    let expected = try classify()
    #expect(expected.count == 3)
    try await withThrowingTaskGroup(of: [Prediction].self) { group in
      for _ in 0..<6 { group.addTask { try classify() } }
      for try await predictions in group { #expect(predictions == expected) }
    }
  }

  @Test("a classifier works when called on its pool's own threads", arguments: 1...3)
  func classifierOnWorkers(threads: Int) async throws {
    let classifier = try Classifier(Self.model(), pool: ThreadPool(threads: threads))
    let photo = PixelBuffer(width: 50, height: 41, repeating: 90)
    let classify: @Sendable () throws -> [Prediction] = { try classifier.classify(photo) }
    let expected = try classify()
    for _ in 0..<20 {
      async let first = withCheckedThrowingContinuation { continuation in
        classifier.pool.submit { continuation.resume(with: Result { try classify() }) }
      }
      async let second = Task { try classify() }.value
      #expect(try await first == expected)
      #expect(try await second == expected)
    }
  }

  @Test("any number of classes may be requested")
  func top() throws {
    let classifier = try Classifier(Self.model(), pool: ThreadPool(threads: 1))
    let photo = PixelBuffer(width: 50, height: 41, repeating: 90)
    let all = try classifier.classify(photo, top: .max)
    #expect(all.count == classifier.description.classes.count)
    for top in [-1, 0, Int.min] { #expect(try classifier.classify(photo, top: top).isEmpty) }
    #expect(ClassLabel.numbered(-1).isEmpty)
  }

  /// Weights and activations are finite in 32-bit floats, but the activations are above 65504.
  @Test(
    "a network that overflows in fp16 has no prediction, and the error names the format",
    arguments: [Activation.relu6, .relu, .silu], [Float(1), -1])
  func overflowInFloat16(activation: Activation, sign: Float) throws {
    var model = try Self.model()
    model.description.architecture.activation = activation
    // The second block adds its input to its own output: both are below 65504, their sum is not.
    for (name, bias) in model.weights.tensors
    where name.hasPrefix("blocks.1.") && name.hasSuffix("bn3.bias") {
      model.weights.tensors[name] = WeightTensor(
        shape: bias.shape, elements: Array(repeating: sign * 6e4, count: bias.count))
    }
    let photo = PixelBuffer(width: 50, height: 41, repeating: 255)
    let exact = try Classifier(model, pool: ThreadPool(threads: 1))
    _ = try exact.classify(photo)
    let half = try Classifier(model, pool: ThreadPool(threads: 1), precision: .float16)
    #expect(throws: NetworkOverflow(.float16)) { try half.classify(photo) }
    #expect(NetworkOverflow(.float16).description.hasSuffix("; use bf16 or fp32"))
  }

  /// The weights are finite but their products are not: ReLU6 must not turn them into a confident
  /// class.
  @Test("a network that overflows has no prediction", arguments: [Activation.relu6, .silu])
  func overflow(activation: Activation) throws {
    var model = try Self.model()
    model.description.architecture.activation = activation
    let stem = try #require(model.weights.tensors["conv_stem.weight"])
    model.weights.tensors["conv_stem.weight"] = WeightTensor(
      shape: stem.shape, elements: stem.elements.indices.map { $0 % 2 == 0 ? 3e38 : -3e38 })
    let classifier = try Classifier(model, pool: ThreadPool(threads: 1))
    #expect(throws: NetworkOverflow.self) {
      try classifier.classify(PixelBuffer(width: 50, height: 41, repeating: 255))
    }
  }
}

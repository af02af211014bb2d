import EfficientNet
import EfficientNetFeatures
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("FeatureExtractor")
struct ExtractorTests {
  @Test(
    "features are pooled activations, for any stage, threads and batch",
    arguments: Architecture.tiny.filter { $0.inputChannels == 3 })
  func equal(architecture: Architecture) throws {
    let model = try Formula.model(architecture)
    var shape = architecture.inputShape
    shape.n = 5
    let images = Formula.images(shape)
    let engine = try Engine(architecture, weights: model.weights, outputs: architecture.stageNames)
    var session = engine.makeSession(pool: ThreadPool(threads: 1), maximumBatch: 5)
    for activations in session.outputs(images) {
      let map = activations.value
      let pixels = map.shape.h * map.shape.w
      let expected = (0..<5).map { n in
        (0..<map.shape.c).map { c in
          Float(
            (0..<pixels).reduce(0.0) {
              $0 + Double(map.elements[(n * pixels + $1) * map.shape.c + c])
            } / Double(pixels))
        }
      }
      for threads in [1, 2, 3] {
        let extractor = try FeatureExtractor(
          model, stage: activations.name, pool: ThreadPool(threads: threads))
        #expect(extractor.dimensions == map.shape.c)
        var session = extractor.makeSession(maximumBatch: 5)
        #expect(session.features(images) == expected, "\(activations.name), \(threads)")
      }
    }
  }

  @Test("a photo has the same features alone and in a batch, normalized on request")
  func photos() throws {
    let model = try Formula.model(Architecture.tiny[0])
    let pool = ThreadPool(threads: 2)
    let plain = try FeatureExtractor(model, pool: pool)
    let unit = try FeatureExtractor(model, normalizes: true, pool: pool)
    #expect(plain.description.stage == "global_pool" && plain.dimensions == 50)
    let pictures = (0..<3).map { picture($0) }
    var session = plain.makeSession(maximumBatch: 3)
    let rows = session.features(Tensor.batch(pictures.map(plain.preprocessing.tensor)))
    for (picture, row) in zip(pictures, rows) {
      #expect(try plain.features(of: picture) == row)
      let features = try unit.features(of: picture)
      #expect(features == row.normalized)
      let length = features.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(length - 1) < 1e-6)
    }
    #expect([Float](repeating: 0, count: 3).normalized == [0, 0, 0])
  }

  @Test("tasks get the same features from pixels, bytes and files")
  func tasks() async throws {
    let extractor = try FeatureExtractor(
      Formula.model(.tiny[0]), pool: ThreadPool(threads: 2), maximumConcurrency: 3)
    let folder = try TemporaryFolder()
    let pictures = (0..<5).map { picture($0) }
    var expected: [[Float]] = []
    for (index, picture) in pictures.enumerated() {
      let bytes = try picture.png()
      try Data(bytes).write(to: URL(filePath: folder.path("\(index).png")))
      expected.append(try await extractor.features(of: picture))
      #expect(try await extractor.features(encoded: bytes) == expected[index])
    }
    let alone: (PixelBuffer) throws -> [Float] = { try extractor.features(of: $0) }
    #expect(try pictures.map(alone) == expected)
    var rows: [[Float]] = []
    for try await photo in extractor.features(of: [folder.path("")]) {
      rows.append(try photo.result.get())
    }
    #expect(rows == expected)
    await #expect(throws: ImageError.self) { try await extractor.features(encoded: []) }
  }

  @Test("a fingerprint depends on weights and preprocessing, not on names and classifiers")
  func fingerprint() throws {
    let model = try Formula.model(Architecture.tiny[0])
    let print = FeatureExtractor.fingerprint(of: model)
    #expect(print.count == 16)
    var renamed = model
    renamed.description.architecture.name = "other"
    #expect(FeatureExtractor.fingerprint(of: renamed) == print)
    var generator = SeededGenerator(seed: 1)
    let headed = try model.withNewHead(
      classes: [ClassLabel(name: "a"), ClassLabel(name: "b")], using: &generator)
    #expect(FeatureExtractor.fingerprint(of: headed) == print)
    // Logits depend on the classifier.
    var logits = model
    let bias = try #require(model.weights.tensors["classifier.bias"])
    logits.weights.tensors["classifier.bias"] = WeightTensor(
      shape: bias.shape, elements: bias.elements.map { $0 + 1 })
    #expect(FeatureExtractor.fingerprint(of: logits) == print)
    #expect(
      FeatureExtractor.fingerprint(of: logits, stage: "classifier")
        != FeatureExtractor.fingerprint(of: model, stage: "classifier"))
    var other = model
    other.description.preprocessing.resize += 1
    #expect(FeatureExtractor.fingerprint(of: other) != print)
    var trained = model
    trained.weights.tensors["bn1.bias"] = WeightTensor(
      shape: [12], elements: Array(repeating: 0.5, count: 12))
    #expect(FeatureExtractor.fingerprint(of: trained) != print)
  }
}

@Suite("FeaturePyramid")
struct PyramidTests {
  @Test("the levels are those of timm's features_only")
  func levels() throws {
    func channels(_ name: String) throws -> [Int] {
      FeaturePyramid(of: try Variant(named: name).architecture).levels.map(\.channels)
    }
    let b0 = FeaturePyramid(of: try Variant(named: "b0").architecture).levels
    #expect(b0.map(\.reduction) == [2, 4, 8, 16, 32])
    #expect(b0.map(\.stage) == ["blocks.0", "blocks.1", "blocks.2", "blocks.4", "blocks.6"])
    #expect(b0.map(\.height) == [112, 56, 28, 14, 7] && b0.map(\.width) == b0.map(\.height))
    #expect(try channels("b0") == [16, 24, 40, 112, 320])
    #expect(try channels("b4") == [24, 32, 56, 160, 448])
    #expect(try channels("lite0") == [16, 24, 40, 112, 320])
    #expect(try channels("v2-s") == [24, 48, 64, 160, 256])
  }

  @Test("the first level is the stem if the first stage has a stride")
  func stem() throws {
    let architecture = try #require(Architecture.tiny.first { $0.name == "tiny-pool" })
    let levels = FeaturePyramid(of: architecture).levels
    #expect(levels.map(\.stage) == ["conv_stem", "blocks.0", "blocks.2", "blocks.3"])
    #expect(levels.map(\.reduction) == [2, 4, 8, 16])
  }

  @Test(
    "maps are activations of the stated size",
    arguments: Architecture.tiny + Architecture.unusual)
  func maps(architecture: Architecture) throws {
    let model = try Formula.model(architecture)
    var shape = architecture.inputShape
    shape.n = 3
    let images = Formula.images(shape)
    let engine = try Engine(architecture, weights: model.weights, outputs: architecture.stageNames)
    var keeper = engine.makeSession(pool: ThreadPool(threads: 1), maximumBatch: 3)
    let expected = keeper.outputs(images)
    let extractor = try PyramidExtractor(model, pool: ThreadPool(threads: 2))
    var session = extractor.makeSession(maximumBatch: 3)
    let maps = session.outputs(images)
    #expect(maps.map(\.name) == extractor.levels.map(\.stage))
    for (level, map) in zip(extractor.levels, maps) {
      #expect(map.value == expected.first { $0.name == level.stage }?.value)
      #expect(map.value.shape == Shape(n: 3, h: level.height, w: level.width, c: level.channels))
    }
  }

  @Test("levels can be chosen by reduction; an absent one is an error")
  func choice() throws {
    let model = try Formula.model(Architecture.tiny[0])
    let pool = ThreadPool(threads: 1)
    let extractor = try PyramidExtractor(model, reductions: [8, 2], pool: pool)
    #expect(extractor.levels.map(\.reduction) == [2, 8])
    let error = #expect(throws: FeaturesError.self) {
      try PyramidExtractor(model, reductions: [64], pool: pool)
    }
    #expect(
      error?.description
        == "tiny-silu has no feature map at reduction 64; available are 2, 4, 8")
  }
}

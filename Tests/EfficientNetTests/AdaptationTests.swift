import EfficientNet
import EfficientNetTestSupport
import Testing

@Suite("Models for other classes and images")
struct AdaptationTests {
  private func logits(_ model: Model, _ images: Tensor) throws -> [Float] {
    let engine = try Engine(model.description.architecture, weights: model.weights)
    var session = engine.makeSession(pool: ThreadPool(threads: 1), maximumBatch: images.shape.n)
    return session.run(images).elements
  }

  /// An image whose channels all equal the formula's first channel.
  private func gray(resolution: Int, channels: Int) -> Tensor {
    let one = Formula.images(Shape(n: 1, h: resolution, w: resolution, c: 1))
    return Tensor(
      shape: Shape(n: 1, h: resolution, w: resolution, c: channels),
      elements: one.elements.flatMap { Array(repeating: $0, count: channels) })
  }

  // MARK: Classes

  @Test("a new head keeps the backbone, and the same seed gives the same head")
  func head() throws {
    let model = try ModelTests.model()
    func adapted(seed: UInt64) throws -> Model {
      var generator = SeededGenerator(seed: seed)
      return try model.withNewHead(
        classes: [ClassLabel(name: "cat"), ClassLabel(name: "dog")], using: &generator)
    }
    let result = try adapted(seed: 7)
    #expect(result.description.architecture.classes == 2)
    #expect(result.description.classes.map(\.name) == ["cat", "dog"])
    #expect(result.description.preprocessing == model.description.preprocessing)
    #expect(result.weights.names == model.weights.names)
    for name in model.weights.names where !name.hasPrefix("classifier.") {
      #expect(result.weights.tensors[name]?.elements == model.weights.tensors[name]?.elements)
    }
    let weight = try #require(result.weights.tensors["classifier.weight"])
    #expect(weight.shape == [2, 50])
    let bound = 1 / Float(50).squareRoot()
    #expect(weight.elements.allSatisfy { abs($0) <= bound })
    #expect(Set(weight.elements).count > 90)
    #expect((weight.elements.max() ?? 0) > bound / 2 && (weight.elements.min() ?? 0) < -bound / 2)
    #expect(result.weights.tensors["classifier.bias"]?.elements == [0, 0])
    #expect(try adapted(seed: 7).weights.tensors["classifier.weight"]?.elements == weight.elements)
    #expect(try adapted(seed: 8).weights.tensors["classifier.weight"]?.elements != weight.elements)
    // The result is a complete model that runs.
    let again = try Model(result.description, weights: result.weights)
    #expect(try logits(again, Formula.images(again.description.architecture.inputShape)).count == 2)
  }

  @Test("a head without classes is refused")
  func noClasses() throws {
    var generator = SeededGenerator(seed: 0)
    let model = try ModelTests.model()
    let error = #expect(throws: ArchitectureError.self) {
      try model.withNewHead(classes: [], using: &generator)
    }
    #expect(error?.field == "classes")
  }

  // MARK: Channels

  @Test("one channel gives the result of three equal channels")
  func oneChannel() throws {
    let model = try ModelTests.model()
    let expected = try logits(model, gray(resolution: 33, channels: 3))
    let adapted = try model.withInputChannels(1)
    #expect(adapted.description.architecture.inputChannels == 1)
    #expect(adapted.weights.tensors["conv_stem.weight"]?.shape == [12, 1, 3, 3])
    let found = try logits(adapted, gray(resolution: 33, channels: 1))
    #expect(relativeError(found, expected) < 1e-5)
  }

  @Test("other numbers of channels repeat the first channels in order", arguments: [2, 4, 6, 7])
  func moreChannels(count: Int) throws {
    let model = try ModelTests.model()
    let adapted = try model.withInputChannels(count)
    let old = try #require(model.weights.tensors["conv_stem.weight"]).elements
    let new = try #require(adapted.weights.tensors["conv_stem.weight"])
    #expect(new.shape == [12, count, 3, 3])
    let scale = Float(3) / Float(count)
    for output in 0..<12 {
      for channel in 0..<count {
        for tap in 0..<9 {
          let expected = old[(output * 3 + channel % 3) * 9 + tap] * scale
          let found = new.elements[(output * count + channel) * 9 + tap]
          #expect(abs(found - expected) <= 2e-7 * abs(expected))
        }
      }
    }
    // Twice the channels: equal channels give the previous result.
    if count == 6 {
      let expected = try logits(model, gray(resolution: 33, channels: 3))
      let found = try logits(adapted, gray(resolution: 33, channels: 6))
      #expect(relativeError(found, expected) < 1e-5)
    }
  }

  @Test("the same number of channels changes nothing; zero, negative and huge numbers are refused")
  func channelLimits() throws {
    let model = try ModelTests.model()
    let same = try model.withInputChannels(3)
    #expect(same.description == model.description)
    #expect(
      same.weights.tensors["conv_stem.weight"]?.elements
        == model.weights.tensors["conv_stem.weight"]?.elements)
    for count in [0, -1, 1025] {
      let error = #expect(throws: ArchitectureError.self) { try model.withInputChannels(count) }
      #expect(error?.field == "inputChannels")
    }
    // Back from one channel to three, which share its filters.
    let back = try model.withInputChannels(1).withInputChannels(3)
    let expected = try logits(model, gray(resolution: 33, channels: 3))
    #expect(relativeError(try logits(back, gray(resolution: 33, channels: 3)), expected) < 1e-5)
  }

  // MARK: Resolution

  @Test("another resolution keeps the crop's share of the photo", arguments: [32, 33, 66, 100])
  func resolution(size: Int) throws {
    let model = try ModelTests.model()
    let adapted = try model.withResolution(size)
    #expect(adapted.description.architecture.resolution == size)
    let preprocessing = adapted.description.preprocessing
    #expect(preprocessing.crop == size)
    #expect(abs(Double(preprocessing.resize) - 40.0 / 33 * Double(size)) <= 0.5)
    #expect(preprocessing.mean == model.description.preprocessing.mean)
    #expect(preprocessing.interpolation == model.description.preprocessing.interpolation)
    let images = Formula.images(adapted.description.architecture.inputShape)
    let exact = try ReferenceRunner(
      adapted.description.architecture, weights: adapted.weights
    ).run(images)
    #expect(relativeError(try logits(adapted, images), exact.elements) < 2e-5)
    // A photo of any size can be classified.
    let classifier = try Classifier(adapted, pool: ThreadPool(threads: 1))
    #expect(try classifier.classify(PixelBuffer(width: 57, height: 91, repeating: 90)).count == 5)
  }

  @Test("impossible resolutions are refused", arguments: [0, -5, 8193])
  func impossible(size: Int) throws {
    let model = try ModelTests.model()
    let error = #expect(throws: ArchitectureError.self) { try model.withResolution(size) }
    #expect(error?.field == "resolution")
  }
}

@Suite("Untrained weights")
struct UntrainedWeightsTests {
  @Test(
    "untrained weights fit every network, and the same seed gives the same weights",
    arguments: Architecture.tiny)
  func untrained(architecture: Architecture) throws {
    let weights = Weights(untrained: architecture, seed: 3)
    _ = try NameMap.timm.canonical(weights, for: architecture)
    let again = Weights(untrained: architecture, seed: 3)
    let other = Weights(untrained: architecture, seed: 4)
    let stem = weights.tensors["conv_stem.weight"]?.elements ?? []
    #expect(again.tensors.mapValues(\.elements) == weights.tensors.mapValues(\.elements))
    #expect(other.tensors["conv_stem.weight"]?.elements != stem)
    #expect(weights.tensors["bn1.weight"]?.elements.allSatisfy { $0 == 1 } == true)
    #expect(weights.tensors["bn1.running_mean"]?.elements.allSatisfy { $0 == 0 } == true)
  }

  @Test("the variance is that of the official code")
  func variance() throws {
    let architecture = try Variant(named: "mnasnet-small").architecture
    let head = try #require(
      Weights(untrained: architecture, seed: 0).tensors["conv_head.weight"]?.elements)
    let variance = head.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(head.count)
    #expect(abs(variance * Double(architecture.features) / 2 - 1) < 0.02)
    // A depthwise filter has one output, whatever the number of channels.
    let depthwise = try #require(
      Weights(untrained: architecture, seed: 0).tensors["blocks.5.0.conv_dw.weight"]?.elements)
    let spread = depthwise.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(depthwise.count)
    #expect(abs(spread * 25 / 2 - 1) < 0.05)
    let bound = 1 / Float(architecture.classes).squareRoot()
    let classifier = try #require(
      Weights(untrained: architecture, seed: 0).tensors["classifier.weight"]?.elements)
    #expect(classifier.allSatisfy { abs($0) <= bound })
    #expect((classifier.max() ?? 0) > 0.99 * bound)
  }
}

import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

/// Files as people save them: with prefixes, other heads, no heads, and the wrong network.
@Suite("Wrapped weights")
struct WrappedWeightsTests {
  private static let small = CompoundScale(width: 0.25, depth: 0.3, resolution: 32, dropout: 0)

  /// The description of a small network of a framework, for its tensor names.
  private func description(_ name: String) throws -> ModelDescription {
    let network = try PublishedNetwork(named: name)
    var architecture = network.variant.family.architecture(name: "small", scale: Self.small)
    architecture.classes = 5
    return ModelDescription(
      architecture: architecture, preprocessing: network.preprocessing.at(resolution: 32),
      classes: ClassLabel.numbered(5), provenance: "")
  }

  private func load(
    _ weights: Weights, _ description: ModelDescription?, allowsMissingHead: Bool = false
  ) throws -> Model {
    var model: Model?
    try withTemporaryFolder { folder in
      let path = "\(folder)/file.safetensors"
      try weights.write(safetensors: path)
      var options = Model.FileOptions()
      options.allowsMissingHead = allowsMissingHead
      model = try Model(weightFile: path, for: description, options: options)
    }
    return try #require(model)
  }

  @Test(
    "a prefix that all names share is removed",
    arguments: ["model.", "backbone.", "_orig_mod.", "a.b."],
    [("timm/efficientnet_b0", NameMap.timm), ("torchvision/efficientnet_b0", .torchvision)])
  func prefix(prefix: String, naming: (String, NameMap)) throws {
    let description = try description(naming.0)
    let plain = Formula.weights(of: description.architecture, naming: naming.1)
    var wrapped = plain
    wrapped.tensors = Dictionary(
      uniqueKeysWithValues: plain.tensors.map { (prefix + $0.key, $0.value) })
    let model = try load(wrapped, description)
    let expected = try load(plain, description)
    #expect(
      model.weights.tensors.mapValues(\.elements) == expected.weights.tensors.mapValues(\.elements))
    // Tensors beside the network are noted; unknown ones among its tensors are an error.
    #expect(model.notes == [])
    wrapped.tensors["criterion.pos_weight"] = WeightTensor(shape: [1], elements: [0])
    let beside = try load(wrapped, description)
    #expect(beside.notes.count == 1 && beside.notes[0].contains("'criterion.pos_weight'"))
    #expect(
      beside.weights.tensors.mapValues(\.elements) == model.weights.tensors.mapValues(\.elements))
    wrapped.tensors["\(prefix)other.weight"] = WeightTensor(shape: [1], elements: [0])
    #expect(throws: WeightsError.unknown(name: "other.weight", source: "file")) {
      do { _ = try load(wrapped, description) } catch WeightsError.unknown(let name, _) {
        throw WeightsError.unknown(name: name, source: "file")
      }
    }
  }

  @Test("a file with two networks is refused, and both are named")
  func twoNetworks() throws {
    let description = try description("timm/efficientnet_b0")
    let plain = Formula.weights(of: description.architecture)
    var both = plain
    both.tensors = [:]
    for prefix in ["student.", "teacher."] {
      for (name, tensor) in plain.tensors { both.tensors[prefix + name] = tensor }
    }
    let error = #expect(throws: WeightsError.self) { try load(both, description) }
    #expect(error?.description.contains("'student.' and 'teacher.'") == true)
  }

  @Test("a replaced torchvision classifier and a Keras Dense layer are heads")
  func replacedHeads() throws {
    for (name, naming, old, new) in [
      ("torchvision/efficientnet_b0", NameMap.torchvision, "classifier.1.", "classifier."),
      ("keras/EfficientNetB0", .keras, "predictions/", "dense_3/"),
    ] {
      let description = try description(name)
      var weights = Formula.weights(of: description.architecture, naming: naming)
      let expected = try load(weights, description)
      for (key, tensor) in weights.tensors where key.hasPrefix(old) {
        weights.tensors[key] = nil
        weights.tensors[new + key.dropFirst(old.count)] = tensor
      }
      let model = try load(weights, description)
      #expect(
        model.weights.tensors["classifier.weight"]?.elements
          == expected.weights.tensors["classifier.weight"]?.elements)
    }
  }

  @Test("a file without a classifier gives features or gets a new head, but does not classify")
  func missingHead() throws {
    for (name, naming, classifier, head) in [
      ("timm/efficientnet_b0", NameMap.timm, "classifier.", "conv_head.weight"),
      ("keras/EfficientNetB0", .keras, "predictions/", "top_conv/kernel"),
    ] {
      let description = try description(name)
      let full = Formula.weights(of: description.architecture, naming: naming)
      var weights = full
      weights.tensors = full.tensors.filter { !$0.key.hasPrefix(classifier) }
      let error = #expect(throws: WeightsError.self) { try load(weights, description) }
      #expect(error?.description.contains("has no classifier") == true)
      let model = try load(weights, description, allowsMissingHead: true)
      #expect(model.description.architecture.classes == 0 && model.description.classes.isEmpty)
      #expect(!model.weights.names.contains { $0.hasPrefix("classifier") })
      #expect(throws: ArchitectureError.self) {
        try Classifier(model, pool: ThreadPool(threads: 1))
      }
      // The engine's outputs are the features of the complete network.
      let images = Formula.images(description.architecture.inputShape)
      var session = try Engine(model.description.architecture, weights: model.weights)
        .makeSession(pool: ThreadPool(threads: 1))
      let whole = try load(full, description)
      var features = try Engine(
        whole.description.architecture, weights: whole.weights, outputs: ["global_pool"]
      ).makeSession(pool: ThreadPool(threads: 1))
      #expect(session.run(images).elements == features.outputs(images)[0].value.elements)
      // A new head equals that of the complete network.
      var generators = (SeededGenerator(seed: 1), SeededGenerator(seed: 1))
      let classes = ClassLabel.numbered(7)
      #expect(
        try model.withNewHead(classes: classes, using: &generators.0)
          .weights.tensors.mapValues(\.elements)
          == whole.withNewHead(classes: classes, using: &generators.1)
          .weights.tensors.mapValues(\.elements))
      // A network without its last convolution is incomplete.
      weights.tensors[head] = nil
      #expect(throws: WeightsError.self) { try load(weights, description, allowsMissingHead: true) }
    }
  }

  @Test("a network with other operations than the file's framework is refused")
  func contradictions() throws {
    for (naming, wanted) in [
      (NameMap.torchvision, "b0"), (.keras, "torchvision/efficientnet_b0"),
      (.lukemelas, "timm/efficientnet_b0"), (.timm, "keras/EfficientNetB0"),
    ] {
      let network = try PublishedNetwork(named: wanted)
      var description = network.imageNetDescription(provenance: "")
      description.architecture = try self.description(wanted).architecture
      description.architecture.name = wanted
      description.classes = ClassLabel.numbered(5)
      description = description.at(resolution: 32)
      description.preprocessing = network.preprocessing.at(resolution: 32)
      let weights = Formula.weights(of: description.architecture, naming: naming)
      let error = #expect(throws: WeightsError.self) { try load(weights, description) }
      #expect(error?.description.contains("compute differently from \(wanted)") == true)
    }
  }

  @Test("a single output gets a sigmoid")
  func outputs() throws {
    var description = try description("timm/efficientnet_b0")
    description.architecture.classes = 1
    description.classes = ClassLabel.numbered(1)
    let model = try load(Formula.weights(of: description.architecture), description)
    #expect(model.description.output == .sigmoid)
    let prediction = Prediction.best(
      1, of: [2], labels: model.description.classes, output: model.description.output)
    #expect(abs(prediction[0].probability - 1 / (1 + exp(-2))) < 1e-12)
  }

  @Test("timm's config.json beside the weights sets the preprocessing")
  func sibling() throws {
    try withTemporaryFolder { folder in
      let network = try PublishedNetwork(named: "timm/mnasnet_small")
      let path = "\(folder)/model.safetensors"
      try Formula.weights(of: network.architecture).write(safetensors: path)
      try Data(
        #"""
        {"architecture": "mnasnet_small", "num_classes": 1000, "pretrained_cfg": {"input_size": [3, 96, 96],
         "crop_pct": 0.9, "interpolation": "bilinear", "crop_mode": "squash", "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}}
        """#.utf8
      ).write(to: URL(filePath: "\(folder)/config.json"))
      for description in [nil, network.imageNetDescription(provenance: "")] {
        let preprocessing = try Model(weightFile: path, for: description).description.preprocessing
        #expect(preprocessing.resize == 106 && preprocessing.crop == 96 && preprocessing.squash)
        #expect(
          preprocessing.interpolation == .bilinear && preprocessing.std == [63.75, 63.75, 63.75])
      }
    }
  }
}

import EfficientNet
import EfficientNetFormats
import EfficientNetTestSupport
import Foundation
import Testing

/// Files as people save them: with prefixes, other heads, no heads, and the wrong name for them.
@Suite("Weights in wrappings")
struct WrappedWeightsTests {
  private static let small = CompoundScale(width: 0.25, depth: 0.3, resolution: 32, dropout: 0)

  /// A small network of a framework, as far as its names go.
  private func description(_ name: String) throws -> ModelDescription {
    let implementation = try Implementation(named: name)
    var architecture = implementation.variant.family.architecture(name: "small", scale: Self.small)
    architecture.classes = 5
    return ModelDescription(
      architecture: architecture, preprocessing: implementation.preprocessing.at(resolution: 32),
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
      // The tensors are mapped: copied before the folder goes.
      for (name, tensor) in model?.weights.tensors ?? [:] {
        model?.weights.tensors[name] = WeightTensor(shape: tensor.shape, elements: tensor.elements)
      }
    }
    return try #require(model)
  }

  @Test(
    "prefixes that all names share are left out",
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
    wrapped.tensors["other.weight"] = WeightTensor(shape: [1], elements: [0])
    #expect(throws: WeightsError.self) { try load(wrapped, description) }
  }

  @Test("a classifier that replaced torchvision's, and a Dense layer in Keras, are heads")
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

  @Test("a file without a head is taken for a new one only")
  func missingHead() throws {
    let description = try description("timm/efficientnet_b0")
    var weights = Formula.weights(of: description.architecture)
    for leaf in ["weight", "bias"] { weights.tensors["classifier.\(leaf)"] = nil }
    #expect(throws: WeightsError.self) { try load(weights, description) }
    let model = try load(weights, description, allowsMissingHead: true)
    #expect(model.weights.tensors["classifier.weight"]?.elements.allSatisfy { $0 == 0 } == true)
  }

  @Test("a network that computes otherwise than the file's framework is refused")
  func contradictions() throws {
    for (naming, wanted) in [
      (NameMap.torchvision, "b0"), (.keras, "torchvision/efficientnet_b0"),
      (.lukemelas, "timm/efficientnet_b0"), (.timm, "keras/EfficientNetB0"),
    ] {
      let implementation = try Implementation(named: wanted)
      var description = implementation.imageNetDescription(provenance: "")
      description.architecture = try self.description(wanted).architecture
      description.architecture.name = wanted
      description.classes = ClassLabel.numbered(5)
      description = description.at(resolution: 32)
      description.preprocessing = implementation.preprocessing.at(resolution: 32)
      let weights = Formula.weights(of: description.architecture, naming: naming)
      let error = #expect(throws: WeightsError.self) { try load(weights, description) }
      #expect(error?.description.contains("are not computed like \(wanted)") == true)
    }
  }

  @Test("a single output is a sigmoid's, in Keras what the file says")
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

  @Test("timm's config.json beside the weights decides on the preprocessing")
  func sibling() throws {
    try withTemporaryFolder { folder in
      let implementation = try Implementation(named: "timm/mnasnet_small")
      let path = "\(folder)/model.safetensors"
      try Formula.weights(of: implementation.architecture).write(safetensors: path)
      try Data(
        #"""
        {"architecture": "mnasnet_small", "num_classes": 1000, "pretrained_cfg": {"input_size": [3, 96, 96],
         "crop_pct": 0.9, "interpolation": "bilinear", "crop_mode": "squash", "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}}
        """#.utf8
      ).write(to: URL(filePath: "\(folder)/config.json"))
      for description in [nil, implementation.imageNetDescription(provenance: "")] {
        let preprocessing = try Model(weightFile: path, for: description).description.preprocessing
        #expect(preprocessing.resize == 106 && preprocessing.crop == 96 && preprocessing.squash)
        #expect(
          preprocessing.interpolation == .bilinear && preprocessing.std == [63.75, 63.75, 63.75])
      }
    }
  }
}

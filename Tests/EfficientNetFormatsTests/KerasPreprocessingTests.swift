import EfficientNet
import Testing

@testable import EfficientNetFormats

/// The first layers of a Keras model become a preprocessing: (x − mean) / std with x in 0…255.
@Suite struct KerasPreprocessingTests {
  private static let standard = Preprocessing(
    resize: 256, crop: 224, interpolation: .bicubic, mean: [1, 2, 3], std: [4, 5, 6])

  /// The preprocessing of a model with the given layers in front of its first convolution.
  private func adapted(
    _ layers: String, tensors: [String: [Float]] = [:]
  ) throws -> Preprocessing {
    let model = try KerasLayer(
      json: Array(
        """
        {"class_name": "Sequential", "config": {"name": "net", "layers": [
          {"class_name": "InputLayer", "config": {"batch_shape": [null, 8, 8, 3]}},
          \(layers)
          {"class_name": "Conv2D", "config": {"name": "stem_conv"}}]}}
        """.utf8))
    let weights = Weights(
      source: "net.keras",
      tensors: tensors.mapValues { WeightTensor(shape: [$0.count], elements: $0) })
    return try Self.standard.after(steps(model), weights)
  }

  /// The operations of the layers in front of the first convolution.
  private func steps(_ model: KerasLayer) throws(WeightsError) -> [KerasStep] {
    let graph = try KerasGraph(model, source: "net.keras")
    guard let stem = graph.nodes.first(where: { $0.className == "Conv2D" }) else { return [] }
    return try graph.steps(before: stem.inputs[0])
  }

  private func rescaling(_ scale: String, _ offset: String = "0") -> String {
    #"{"class_name": "Rescaling", "config": {"name": "r", "scale": \#(scale), "offset": \#(offset)}},"#
  }

  private func normalization(_ fields: String = "", name: String = "normalization") -> String {
    #"{"class_name": "Normalization", "config": {"name": "\#(name)", "axis": [3]\#(fields)}},"#
  }

  private func expect(
    _ preprocessing: Preprocessing, mean: [Float], std: [Float],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (value, wanted) in zip(preprocessing.mean + preprocessing.std, mean + std) {
      #expect(
        abs(value - wanted) <= 1e-5 * max(1, abs(wanted)), "\(preprocessing)",
        sourceLocation: sourceLocation)
    }
    // The other fields do not change.
    #expect(preprocessing.resize == 256 && preprocessing.crop == 224)
    #expect(preprocessing.interpolation == .bicubic)
  }

  private static let imageNet: (mean: [Float], std: [Float]) = (
    [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
  )

  @Test func rescales() throws {
    expect(try adapted(rescaling("0.0078125", "-1")), mean: [128, 128, 128], std: [128, 128, 128])
    expect(
      try adapted(rescaling("[1, 0.5, 0.25]", "[0, 1, -1]")), mean: [0, -2, 4], std: [1, 2, 4])
    expect(
      try adapted(rescaling("0.5", "1") + rescaling("0.1")), mean: [-2, -2, -2],
      std: [20, 20, 20])
    #expect(try adapted(rescaling("1")).mean.allSatisfy { $0.sign == .plus })
  }

  /// EfficientNet with ImageNet's weights: Keras stores deviations as variances, and a following
  /// layer corrects them by the factor 1 / √std.
  @Test func normalizesAsKerasDoesWithImageNet() throws {
    let tensors: [String: [Float]] = [
      "normalization/mean": [0.485, 0.456, 0.406], "normalization/variance": [0.229, 0.224, 0.225],
    ]
    let scale =
      "[\((1 / 0.229.squareRoot())), \((1 / 0.224.squareRoot())), \((1 / 0.225.squareRoot()))]"
    expect(
      try adapted(
        rescaling("0.00392156862745098") + normalization() + rescaling(scale), tensors: tensors),
      mean: Self.imageNet.mean, std: Self.imageNet.std)
    // Weights without a configuration give the same.
    var weights = Weights(source: "net.weights.h5")
    for (name, elements) in tensors {
      weights.tensors[name] = WeightTensor(shape: [3], elements: elements)
    }
    weights.tensors["stem_conv/kernel"] = WeightTensor(shape: [1], elements: [0])
    let steps = try #require(kerasSteps(ofApplication: weights))
    expect(
      try Self.standard.after(steps, weights), mean: Self.imageNet.mean, std: Self.imageNet.std)
  }

  /// EfficientNetV2-B0 to B3 have the mean in the configuration, not in variables.
  @Test func normalizesByConstants() throws {
    expect(
      try adapted(
        rescaling("0.00392156862745098")
          + normalization(
            #", "invert": false, "mean": [0.485, 0.456, 0.406], "variance": [0.052441, 0.050176, 0.050625]"#
          )),
      mean: Self.imageNet.mean, std: Self.imageNet.std)
    expect(
      try adapted(normalization(#", "mean": 10, "variance": 4"#)), mean: [10, 10, 10],
      std: [2, 2, 2])
  }

  @Test func keepsTheOrderOfTheLayers() throws {
    let tensors: [String: [Float]] = [
      "normalization/mean": [8, 8, 8], "normalization/variance": [4, 4, 4],
      "normalization_1/mean": [1, 1, 1], "normalization_1/variance": [0.25, 0.25, 0.25],
    ]
    expect(
      try adapted(normalization() + rescaling("0.5", "1"), tensors: tensors), mean: [4, 4, 4],
      std: [4, 4, 4])
    expect(
      try adapted(rescaling("0.5", "1") + normalization(), tensors: tensors), mean: [14, 14, 14],
      std: [4, 4, 4])
    // A user's Rescaling layer in front of the application's.
    expect(
      try adapted(rescaling("2") + rescaling("0.5") + normalization(), tensors: tensors),
      mean: [8, 8, 8], std: [2, 2, 2])
    expect(
      try adapted(normalization() + normalization(name: "normalization_1"), tensors: tensors),
      mean: [10, 10, 10], std: [1, 1, 1])
  }

  @Test(arguments: [
    (
      #"{"class_name": "Lambda", "config": {"name": "mine"}},"#,
      "'mine' (Lambda) is an unknown kind of preprocessing"
    ),
    (#"{"class_name": "TFOpLambda", "config": {"name": "tf.divide"}},"#, "tf.divide"),
    (
      #"{"class_name": "Resizing", "config": {"name": "r", "height": 8, "width": 8}},"#,
      "(Resizing)"
    ),
    (
      #"{"class_name": "CenterCrop", "config": {"name": "c", "height": 8, "width": 8}},"#,
      "(CenterCrop)"
    ),
    (
      #"{"class_name": "Normalization", "config": {"name": "n", "axis": [1], "mean": 0, "variance": 1}},"#,
      "'n' (Normalization) has axis [1]"
    ),
    (
      #"{"class_name": "Mine>Rescaling", "config": {"name": "r", "scale": 1, "offset": 0}},"#,
      "a Rescaling of 'Mine', not of Keras"
    ),
    (
      #"{"class_name": "Normalization", "config": {"name": "back", "invert": true, "mean": 0, "variance": 1}},"#,
      "'back' (Normalization) has invert true"
    ),
    (
      #"{"class_name": "Normalization", "config": {"name": "two", "mean": [1, 2], "variance": [1, 2]}},"#,
      "'two'"
    ),
    (
      #"{"class_name": "Normalization", "config": {"name": "odd", "mean": 0, "variance": -1}},"#,
      "'odd'"
    ),
    (
      #"{"class_name": "Normalization", "config": {"name": "lost"}},"#,
      "a Normalization layer without a mean and a variance for three colors"
    ),
    (
      #"{"class_name": "Rescaling", "config": {"name": "r", "scale": [1, 2], "offset": 0}},"#,
      "a Rescaling layer that is not for three colors"
    ),
    (
      #"{"class_name": "Rescaling", "config": {"name": "r", "scale": -1, "offset": 0}},"#,
      "do not scale pixels by a positive number"
    ),
    (
      #"{"class_name": "Rescaling", "config": {"name": "r", "scale": 0, "offset": 0}},"#,
      "do not scale pixels by a positive number"
    ),
    (
      #"{"class_name": "Rescaling", "config": {"name": "r", "scale": "half", "offset": 0}},"#, "'r'"
    ),
  ])
  func refuses(layer: String, message: String) throws {
    let error = #expect(throws: WeightsError.self) { try adapted(layer) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    #expect(error?.description.hasPrefix("net.keras ") == true)
  }

  /// Layers that do nothing to photos at inference.
  @Test func passesOver() throws {
    let flip = #"{"class_name": "RandomFlip", "config": {"name": "flip"}},"#
    expect(try adapted(flip + rescaling("0.5")), mean: [0, 0, 0], std: [2, 2, 2])
  }

  @Test func leavesOtherWeightsAlone() {
    for name in ["conv_stem.weight", "stem_conv/kernel"] {
      let other = Weights(source: "w", tensors: [name: WeightTensor(shape: [1], elements: [0])])
      #expect(kerasSteps(ofApplication: other) == nil)
    }
  }

  /// Keras' own files: x / 255, a normalization with the formula's variables, and 2x + 0.5, 3x +
  /// 0.25, 4x.
  @Test(arguments: ["tiny.keras", "tiny_legacy.h5"])
  func readsFixtures(name: String) throws {
    let file = try WeightFile(kerasFile: KerasFixture.bytes(name), source: name)
    let weights = file.weights
    let means = try #require(weights.tensors["normalization/mean"]).elements
    let variances = try #require(weights.tensors["normalization/variance"]).elements
    let preprocessing = try Self.standard.after(steps(#require(file.keras)), weights)
    for (c, (scale, offset)) in [(2.0, 0.5), (3.0, 0.25), (4.0, 0.0)].enumerated() {
      for x in [0.0, 100, 255] {
        let normal = (x / 255 - Double(means[c])) / Double(variances[c]).squareRoot()
        let ours = (x - Double(preprocessing.mean[c])) / Double(preprocessing.std[c])
        #expect(abs(ours - (normal * scale + offset)) < 1e-5)
      }
    }
    // Without a configuration, the application's layers surround the same variables.
    let plain = try Weights(kerasFile: KerasFixture.bytes("tiny.weights.h5"), source: name)
    let alone = try Self.standard.after(#require(kerasSteps(ofApplication: plain)), plain)
    for c in 0..<3 {
      #expect(abs(alone.mean[c] - 255 * means[c]) < 1e-3)
      #expect(abs(alone.std[c] - 255 * variances[c].squareRoot()) < 1e-3)
    }
  }
}

package import EfficientNet

extension Formula {
  /// A model of any network with classes named "thing 0", "thing 1", …
  package static func model(_ architecture: Architecture) throws -> Model {
    try Model(
      ModelDescription(
        architecture: architecture,
        preprocessing: Preprocessing(
          resize: architecture.resolution + 7, crop: architecture.resolution,
          interpolation: .bicubic, mean: [127, 127, 127], std: [128, 128, 128]),
        classes: (0..<architecture.classes).map { ClassLabel(name: "thing \($0)") },
        provenance: "the formula"),
      weights: weights(of: architecture))
  }
}

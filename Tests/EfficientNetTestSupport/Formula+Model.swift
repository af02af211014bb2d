package import EfficientNet
internal import EfficientNetCompute

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

  /// The model of ``model(_:)`` with weights and feature maps of 8 bits.
  package static func int8Model(
    _ architecture: Architecture, floats: [String] = []
  ) throws -> Model {
    let model = try model(architecture)
    var description = model.description
    let (weights, quantization) = try quantized(architecture, floats: floats)
    description.quantization = quantization
    return try Model(description, weights: weights)
  }

  /// The formula's weights in 8 bits, and codes that cover the feature maps of its image.
  ///
  /// - Parameter floats: The blocks in floats, whose weights are the formula's.
  package static func quantized(
    _ architecture: Architecture, floats: [String] = []
  ) throws -> (weights: Weights, quantization: Quantization) {
    var weights = weights(of: architecture)
    let engine = try Engine(
      observing: architecture, weights: weights, precision: .float32, pool: nil)
    var session = engine.makeSession(pool: ThreadPool(threads: 1))
    var quantization = Quantization(maps: [:], calibration: "the formula", floats: floats)
    let coded = architecture.codedMaps(floats: floats)
    _ = session.observe(images(architecture.inputShape)) { name, _, elements in
      guard coded.contains(name) else { return }
      let low = min(elements.min() ?? 0, 0)
      let scale = max((max(elements.max() ?? 0, 0) - low) / 255, 1e-6)
      quantization.maps[name] = Quantization.Codes(
        scale: scale, zeroPoint: Int((-low / scale).rounded()))
    }
    for name in Graph(architecture).weightsWithCodes(floats: floats) {
      weights.tensors[name] = weights.tensors[name]?.rounded
    }
    return (weights, quantization)
  }
}

extension WeightTensor {
  /// The tensor rounded to codes; the largest element of each output has the code 127 or −127.
  package var rounded: WeightTensor {
    let count = elements.count / shape[0]
    let scales = stride(from: 0, to: elements.count, by: count).map { start in
      (elements[start..<(start + count)].map(abs).max() ?? 0) / 127
    }
    return WeightTensor(
      shape: shape,
      codes: elements.indices.map { Int8((elements[$0] / scales[$0 / count]).rounded()) },
      scales: scales)
  }
}

internal import EfficientNet
internal import EfficientNetCompute

extension Explainer {
  /// Makes class activation maps; see ``ExplanationMethod/classActivation``.
  static func classActivation(
    _ model: Model, pool: ThreadPool, precision: Precision
  ) throws -> MapMaker {
    let architecture = model.description.architecture
    let stages = stages(of: architecture)
    let engine = try Engine(
      model, precision: precision, outputs: [stages[stages.count - 1], "classifier"], pool: pool)
    var session = engine.makeSession(pool: pool)
    // (classes, features)
    guard let weights = model.weights.tensors["classifier.weight"] else {
      throw WeightsError.damaged(
        source: model.weights.source, reason: "it has no tensor classifier.weight")
    }
    return { input, classes, check, _ in
      let outputs = try session.outputs(input) { () throws -> ThreadPool? in
        try check()
        return pool
      }
      let (features, logits) = (outputs[0].value, outputs[1].value)
      let channels = features.shape.c
      return classes(logits.elements).map { index in
        let row = weights.withElements { elements in
          (0..<channels).map { elements[index * channels + $0] }
        }
        return ActivationMap(features, weights: row)
      }
    }
  }
}

extension ActivationMap {
  /// The weighted sum of the channels of a feature map of shape (1, h, w, c).
  init(_ features: Tensor, weights: [Float]) {
    let shape = features.shape
    precondition(shape.n == 1 && weights.count == shape.c, "\(weights.count) weights for \(shape)")
    let values = (0..<shape.h * shape.w).map { pixel in
      var sum = 0.0
      for c in 0..<shape.c {
        sum += Double(features.elements[pixel * shape.c + c]) * Double(weights[c])
      }
      return Float(sum)
    }
    self.init(width: shape.w, height: shape.h, values: values)
  }
}

internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetTraining

/// Grad-CAM: see ``ExplanationMethod/gradCAM(stage:)``.
final class GradCAM: MapMaker {
  private let network: TrainingNetwork
  private let stage: String

  init(_ model: Model, stage: String, pool: ThreadPool, precision: Precision) throws {
    let architecture = model.description.architecture
    let known = Explainer.stages(of: architecture)
    guard known.contains(stage) else {
      throw UnknownStage(name: stage, network: architecture.name, stages: known)
    }
    self.stage = stage
    network = try TrainingNetwork(
      architecture, weights: model.weights, maximumBatch: 1, pool: pool, precision: precision,
      keepsStages: true)
  }

  func maps(
    _ input: Tensor, classes: (_ logits: [Float]) -> [Int],
    progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> [ActivationMap] {
    let stage = network.stageGradients(input, of: stage, classes: classes)
    return stage.gradients.map { gradient in
      ActivationMap(stage.value, weights: Self.means(gradient))
    }
  }

  /// The mean of each channel over all pixels.
  private static func means(_ gradient: Tensor) -> [Float] {
    let shape = gradient.shape
    let pixels = shape.h * shape.w
    return (0..<shape.c).map { c in
      var sum = 0.0
      for pixel in 0..<pixels { sum += Double(gradient.elements[pixel * shape.c + c]) }
      return Float(sum / Double(pixels))
    }
  }
}

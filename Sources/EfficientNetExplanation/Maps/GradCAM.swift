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
    return stage.gradients.map { ActivationMap(stage.value, weights: $0.pooled(0)) }
  }
}

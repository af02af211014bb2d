internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetTraining

extension Explainer {
  /// Makes Grad-CAM maps; see ``ExplanationMethod/gradCAM(stage:)``.
  static func gradCAM(
    _ model: Model, stage: String, pool: ThreadPool, precision: Precision
  ) throws -> MapMaker {
    let architecture = model.description.architecture
    let known = stages(of: architecture)
    guard known.contains(stage) else {
      throw UnknownStage(name: stage, network: architecture.name, stages: known)
    }
    if let complaint = precision.trainingComplaint { throw TrainingError.settings(complaint) }
    let network = try TrainingNetwork(
      architecture, weights: model.weights, maximumBatch: 1, pool: pool, precision: precision,
      keepsStages: true)
    return { input, classes, check, _ in
      let output = try network.stageGradients(input, of: stage, check: check, classes: classes)
      return output.gradients.map { ActivationMap(output.value, weights: $0.pooled(0)) }
    }
  }
}

import EfficientNetCompute

@testable import EfficientNetTraining

extension TrainingNetwork {
  /// The names of all parameters, as in weight files.
  var parameterNames: [String] { plan.parameters.map(\.name) }

  /// The parameters that are trained.
  var trainedParameterNames: [String] {
    zip(plan.parameters, trainables).filter(\.1).map(\.0.name)
  }

  /// Sets all gradients to zero, as an optimizer's step does.
  func clearGradients() { machine.memory.fill(plan.memory.gradients, with: 0) }
}

import EfficientNet
import EfficientNetCompute

@testable import EfficientNetTraining

extension TrainingNetwork {
  /// The names of all parameters, as in weight files.
  var parameterNames: [String] { plan.parameters.map(\.name) }

  /// The names of the trained parameters.
  var trainedParameterNames: [String] {
    zip(plan.parameters, trainables).filter(\.1).map(\.0.name)
  }

  /// The gradient of a parameter; nil if no parameter has this name.
  func gradient(of name: String) -> WeightTensor? {
    guard let index = plan.parameters.firstIndex(where: { $0.name == name }) else { return nil }
    return plan.parameters[index].tensor(
      at: plan.gradient(ofParameter: index), memory: machine.memory)
  }

  /// Sets all gradients to zero, as an optimizer's step does.
  func clearGradients() { machine.memory.fill(plan.memory.gradients, with: 0) }
}

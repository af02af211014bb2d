public import EfficientNetCompute

/// What a part of the network made of an image, and how logits depend on it.
public struct StageGradients: Sendable {
  /// The logits of all classes.
  public let logits: [Float]
  /// The part's output, (1, h, w, c), after batch norm, activation and sum.
  public let value: Tensor
  /// For each class that was asked for, the gradient of its logit with respect to ``value``, of the same shape.
  public let gradients: [Tensor]
}

extension TrainingNetwork {
  /// The parts of the network whose gradients can be looked at, from the stem to the head; none unless the network keeps its
  /// stages.
  public var stageNames: [String] { plan.stages.map(\.name) }

  /// The output of a part of the network for one image, and the gradients of logits with respect to it.
  ///
  /// The network runs as in use: batch norm takes the running statistics, and nothing is dropped. Gradients of weights are
  /// left alone.
  ///
  /// - Parameters:
  ///   - image: (1, resolution, resolution, channels).
  ///   - stage: One of ``stageNames``.
  ///   - classes: Says which logits, when all are known.
  /// - Precondition: there is such a stage, and `classes` gives numbers of logits.
  public func stageGradients(
    _ image: Tensor, of stage: String, classes: (_ logits: [Float]) throws -> [Int]
  ) rethrows -> StageGradients {
    precondition(image.shape.n == 1, "\(image.shape.n) images, one is asked for")
    guard let stage = plan.stages.first(where: { $0.name == stage }) else {
      preconditionFailure("this network keeps no stage \(stage)")
    }
    // Where its gradient is, when the backward of its layer is done.
    guard case .store(let layer) = plan.layers[stage.layer],
      let gradientBuffer = layer.storedGradient ?? layer.dy?.g
    else { preconditionFailure("\(stage.name) has no gradient") }
    let trained = batch
    defer { batch = trained }
    batch.frozenNorms = batch.frozenNorms.map { _ in true }
    batch.trainables = batch.trainables.map { _ in false }
    batch.firstLayer = stage.layer
    let logits = forward(image, seed: nil)
    let value = tensor(stage.buffer, stage.shape)
    let gradients = try classes(logits).enumerated().map { number, index in
      // The way back takes the memory of the way forth.
      if number > 0 { _ = forward(image, seed: nil) }
      var gradient = [Float](repeating: 0, count: logits.count)
      gradient[index] = 1
      backward(gradient)
      return tensor(gradientBuffer, stage.shape)
    }
    return StageGradients(logits: logits, value: value, gradients: gradients)
  }

  private func tensor(_ buffer: Int, _ shape: Shape) -> Tensor {
    Tensor(
      shape: shape,
      elements: machine.memory.elements(of: plan.map(buffer, image: 0), channels: shape.c))
  }
}

public import EfficientNetCompute

/// The output of a part of the network for one image, and the gradients of logits with respect to
/// it.
public struct StageGradients: Sendable {
  /// The logits of all classes.
  public let logits: [Float]
  /// The output of the part, (1, h, w, c), after batch norm, activation and residual sum.
  public let value: Tensor
  /// The gradient of each requested class's logit with respect to ``value``, in the same shape.
  public let gradients: [Tensor]
}

extension TrainingNetwork {
  /// The names of the parts with available gradients, from the stem to the head; empty unless the
  /// network was created with `keepsStages`.
  public var stageNames: [String] { plan.stages.map(\.name) }

  /// Returns the output of a part of the network for one image, and the gradients of logits with
  /// respect to it.
  ///
  /// The network runs as in inference: batch norms use the running statistics, and nothing is
  /// dropped. The gradients of the weights do not change.
  ///
  /// - Parameters:
  ///   - image: (1, resolution, resolution, channels).
  ///   - stage: One of ``stageNames``.
  ///   - classes: Returns the indices of the requested classes, given all logits.
  /// - Throws: The error that `classes` throws.
  /// - Precondition: The stage exists, and the indices are those of classes.
  public func stageGradients(
    _ image: Tensor, of stage: String, classes: (_ logits: [Float]) throws -> [Int]
  ) rethrows -> StageGradients {
    try stageGradients(image, of: stage, check: {}, classes: classes)
  }

  /// Returns the same, and calls `check` before each layer of each pass. An error that it throws
  /// ends the work.
  package func stageGradients(
    _ image: Tensor, of stage: String, check: () throws -> Void,
    classes: (_ logits: [Float]) throws -> [Int]
  ) rethrows -> StageGradients {
    require(image.shape.n == 1, "there are \(image.shape.n) images; there must be 1")
    guard let stage = plan.stages.first(where: { $0.name == stage }) else {
      fatalError(
        stageNames.isEmpty
          ? "the network keeps no stages; create it with keepsStages"
          : "the stage is '\(stage)'; it must be one of \(stageNames.joined(separator: ", "))")
    }
    // The buffer that holds its gradient after the backward pass of its layer.
    guard case .store(let layer) = plan.layers[stage.layer],
      let gradientBuffer = layer.storedGradient ?? layer.dy?.g
    else { fatalError("\(stage.name) has no gradient") }
    let trained = batch
    defer { batch = trained }
    batch.frozenNorms = batch.frozenNorms.map { _ in true }
    batch.trainables = batch.trainables.map { _ in false }
    batch.firstLayer = stage.layer
    let logits = try forward(image, seed: nil, check: check)
    let value = tensor(stage.buffer, stage.shape)
    let gradients = try classes(logits).enumerated().map { number, index in
      require(
        logits.indices.contains(index),
        "the class is \(index); it must be from 0 to \(logits.count - 1)")
      // The backward pass overwrites memory of the forward pass.
      if number > 0 { _ = try forward(image, seed: nil, check: check) }
      var gradient = [Float](repeating: 0, count: logits.count)
      gradient[index] = 1
      try backward(gradient, check: check)
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

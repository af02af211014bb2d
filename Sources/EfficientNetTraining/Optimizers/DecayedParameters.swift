/// Which parameters weight decay counts for.
public enum DecayedParameters: String, Hashable, Codable, Sendable, CaseIterable {
  /// Matrices and filters, as timm does by default.
  case weights
  /// Everything but batch norms, as the official EfficientNet code does: biases of
  /// squeeze-and-excitation and of the classifier, too.
  ///
  /// Source:
  /// [main.py](https://github.com/tensorflow/tpu/blob/master/models/official/efficientnet/main.py),
  /// the L2 loss of all variables without "batch_normalization" in their names.
  case weightsAndBiases
  /// Everything, as PyTorch's optimizers do unless they are given groups.
  case all

  func contains(_ kind: TrainingParameter.Kind) -> Bool {
    kind == .weight || self == .all || self == .weightsAndBiases && kind == .bias
  }
}

internal import EfficientNetCompute
internal import EfficientNetSystem

/// A class that a network predicts for a photo, with its probability.
public struct Prediction: Hashable, Codable, Sendable {
  /// The index of the network's output, from 0.
  public let index: Int
  /// The name of the class.
  public let label: String
  /// The identifier of the class in WordNet; nil if the class has none.
  public let wnid: String?
  /// The softmax or the sigmoid of the logits, from 0 to 1.
  public let probability: Double
  /// The network's output before softmax or sigmoid.
  public let logit: Float

  package static func probabilities(
    of logits: some Collection<Float>, output: ModelDescription.Output
  ) -> [Double] {
    switch output {
    case .softmax: logits.map { Double($0) }.softmax
    case .sigmoid: logits.map { 1 / (1 + exp(-Double($0))) }
    }
  }

  /// Returns the most probable classes, best first; among equal logits, the lower index comes
  /// first.
  ///
  /// Softmax: `probability[i] = exp(logit[i] − max) / Σ_j exp(logit[j] − max)`;
  /// sigmoid: `probability[i] = 1 / (1 + exp(−logit[i]))`.
  ///
  /// - Parameter count: The number of classes. More than the network has: all of them; below 1:
  ///   none.
  /// - Precondition: There are as many labels as logits.
  package static func best(
    _ count: Int, of logits: some Collection<Float>, labels: [ClassLabel],
    output: ModelDescription.Output = .softmax
  ) -> [Prediction] {
    precondition(logits.count == labels.count, "\(logits.count) logits, \(labels.count) labels")
    let probabilities = probabilities(of: logits, output: output)
    let ranked = logits.enumerated().sorted {
      ($1.element, $0.offset) < ($0.element, $1.offset)
    }
    return ranked.prefix(max(count, 0)).map { index, logit in
      Prediction(
        index: index, label: labels[index].name, wnid: labels[index].wnid,
        probability: probabilities[index], logit: logit)
    }
  }
}

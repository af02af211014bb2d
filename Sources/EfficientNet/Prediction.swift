internal import EfficientNetCompute
internal import EfficientNetSystem

/// One class that a network sees in a photo.
public struct Prediction: Hashable, Codable, Sendable {
  /// The output's number, from 0.
  public let index: Int
  /// The class's name.
  public let label: String
  /// The class's identifier in WordNet, if it has one.
  public let wnid: String?
  /// The softmax or the sigmoid of the logits, between 0 and 1.
  public let probability: Double
  /// The network's output.
  public let logit: Float

  /// The probabilities of all classes.
  package static func probabilities(
    of logits: some Collection<Float>, output: ModelDescription.Output
  ) -> [Double] {
    switch output {
    case .softmax: logits.map { Double($0) }.softmax
    case .sigmoid: logits.map { 1 / (1 + exp(-Double($0))) }
    }
  }

  /// The most probable classes, best first; of equal ones the lower number.
  ///
  /// Softmax: `probability[i] = exp(logit[i] − max) / Σ_j exp(logit[j] − max)`;
  /// sigmoid: `probability[i] = 1 / (1 + exp(−logit[i]))`.
  ///
  /// - Parameter count: How many; all of them if it is more than there are, none below 1.
  /// - Precondition: as many labels as logits.
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

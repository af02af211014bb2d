package import EfficientNet
internal import EfficientNetReports
internal import EfficientNetSystem

/// The strength of the evidence for a class in the output of a network, in words.
///
/// The words compare the class with its rival, the most probable other class. A logit by itself
/// says nothing: probabilities stay the same if a number is added to all logits. The ratio of two
/// probabilities is what the network says about both classes:
/// `ratio = probability / rival's probability = exp(logit − rival's logit)`.
/// Sigmoid outputs have no rival; there, `ratio = probability / (1 − probability)`.
///
/// The bounds 3 and 20 are those of "positive" and "strong" evidence in Kass & Raftery 1995, [Bayes
/// factors](https://doi.org/10.1080/01621459.1995.10476572). They tell what the network says, not
/// whether it is right.
package enum Evidence: String, Encodable {
  /// The ratio is at least 20.
  case strong
  /// The ratio is at least 3.
  case some
  /// The ratio is less than 3.
  case weak
  /// The ratio is less than 1: another class, or the absence of the class, is more probable.
  case less

  /// Returns the rule in one line.
  package static func rule(for output: ModelDescription.Output) -> String {
    let other =
      switch output {
      case .softmax: "any other class"
      case .sigmoid: "its absence"
      }
    return
      "evidence is strong if the network finds the class at least 20 times as probable as "
      + "\(other), some if at least 3 times, weak if less"
  }

  init(ratio: Double) {
    self =
      switch ratio {
      case 20...: .strong
      case 3..<20: .some
      case 1..<3: .weak
      default: .less
      }
  }
}

extension Explanation {
  package var evidence: Evidence { Evidence(ratio: ratio) }

  /// The probability of the class, divided by its rival's, or by the probability that the photo
  /// does not show the class.
  private var ratio: Double {
    if let rival { return exp(Double(prediction.logit) - Double(rival.logit)) }
    return prediction.probability / (1 - prediction.probability)
  }

  /// The evidence in words, such as "strong evidence for espresso".
  ///
  /// - Parameters:
  ///   - label: The name of the class; nil for its label.
  ///   - rival: The name of the rival; nil for its label.
  package func verdict(_ label: String? = nil, rival name: String? = nil) -> String {
    let label = label ?? prediction.label
    guard evidence == .less else { return "\(evidence) evidence for \(label)" }
    guard let rival else { return "more evidence against \(label) than for it" }
    return "less evidence for \(label) than for \(name ?? rival.label)"
  }

  /// The probabilities of the class and of its rival, such as "54.2 % (cup: 12.1 %)".
  ///
  /// - Parameter name: The name of the rival; nil for its label.
  package func probabilities(rival name: String? = nil) -> String {
    func percent(_ prediction: Prediction) -> String {
      "\((100 * prediction.probability).fixed(1)) %"
    }
    let own = percent(prediction)
    return rival.map { "\(own) (\(name ?? $0.label): \(percent($0)))" } ?? own
  }
}

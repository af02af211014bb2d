public import EfficientNet
internal import EfficientNetCompute

extension FeatureExtractor {
  /// Sixteen hexadecimal digits that are the same for the same preprocessing, layers and weights, and others for all
  /// others, whatever they are called. The classifier, which comes behind the features, does not count, unless the stage is it.
  ///
  /// Not for protection: who wants two models with the same digits can make them.
  public static func fingerprint(
    of model: Model, stage: String = FeatureExtractor.pooled
  ) -> String {
    let isClassifier = stage == "classifier"
    var architecture = model.description.architecture
    architecture.name = ""
    if !isClassifier { architecture.classes = 1 }
    (architecture.dropout, architecture.stochasticDepth) = (0, 0)
    var hash = StableHash()
    hash.combine(canonicalJSON(architecture))
    hash.combine(canonicalJSON(model.description.preprocessing))
    for name in model.weights.names
    where isClassifier || !name.hasPrefix("classifier.") {
      hash.combine(name)
      model.weights.tensors[name]?.withElements { hash.combine($0.bytes) }
    }
    let digits = String(hash.value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// A value as JSON, always the same.
///
/// - Precondition: its numbers are finite.
func canonicalJSON(_ value: some Encodable) -> String {
  guard let json = try? encodedJSON(value) else {
    preconditionFailure("\(value) has no JSON form")
  }
  return json
}

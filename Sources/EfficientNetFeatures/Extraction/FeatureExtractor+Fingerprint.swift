public import EfficientNet
internal import EfficientNetCompute

extension FeatureExtractor {
  /// Returns sixteen hexadecimal digits that identify preprocessing, layers and weights.
  ///
  /// Names do not count. The classifier, which follows the features, counts only if it is the stage
  /// itself. The digits detect mistakes, not attacks: two models with equal digits can be
  /// constructed on purpose.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - stage: The stage that the features are taken from.
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
    if let maps = model.description.quantization?.maps { hash.combine(canonicalJSON(maps)) }
    for name in model.weights.names
    where isClassifier || !name.hasPrefix("classifier.") {
      hash.combine(name)
      model.weights.tensors[name]?.withElements { hash.combine($0.bytes) }
    }
    let digits = String(hash.value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// The JSON of a value; equal values have equal JSON.
///
/// - Precondition: its numbers are finite.
func canonicalJSON(_ value: some Encodable) -> String {
  guard let json = try? encodedJSON(value) else {
    preconditionFailure("\(value) cannot be encoded as JSON")
  }
  return json
}

internal import EfficientNet

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension ModelDescription {
  /// This network as a Keras file says it is: its size, its epsilon, its first layers and its last activation.
  ///
  /// - Throws: ``WeightsError`` if the file's layers compute something else.
  func adapted(toKeras weights: Weights) throws(WeightsError) -> ModelDescription {
    func unsupported(_ reason: String) -> WeightsError {
      .unsupported(source: weights.source, reason: reason)
    }
    let metadata = weights.metadata
    var result = self
    result.preprocessing = try preprocessing.adapted(toKeras: weights)
    let extents = metadata["keras_input"]?.split(separator: ",").compactMap { Int($0) } ?? []
    if extents.count == 3 {
      guard extents[0] == extents[1] else {
        throw unsupported("takes images of \(extents[0])×\(extents[1]); they must be square")
      }
      result = result.at(resolution: extents[0])
    }
    if let epsilon = metadata["keras_batch_norm_epsilon"] {
      guard let value = Double(epsilon) else {
        throw unsupported("has batch norms of several epsilons (\(epsilon)); all must be equal")
      }
      result.architecture.batchNormEpsilon = value
    }
    if let text = metadata["keras_activations"] {
      let activations = Set(text.split(separator: ",").map(String.init)).subtracting([
        "sigmoid", "relu6",
      ])
      guard activations.isSubset(of: [architecture.activation.rawValue]) else {
        throw unsupported(
          "has the activations \(text) between its layers, \(architecture.name) has "
            + "\(architecture.activation.rawValue)")
      }
    }
    switch metadata["keras_classifier_activation"] {
    case nil, "softmax", "linear": break
    case "sigmoid": result.output = .sigmoid
    case let activation?:
      throw unsupported(
        "ends in \(WeightsError.quoted(activation)); softmax, sigmoid and linear are known")
    }
    return result
  }
}

extension Preprocessing {
  /// The mean and deviation that a Keras model's own first layers amount to, in place of ours; the same
  /// preprocessing if the file does not have its layers.
  ///
  ///     Rescaling       y = scale · x + offset
  ///     Normalization   y = (x − mean) / √variance
  ///
  /// - Throws: ``WeightsError`` if the layers do something else.
  func adapted(toKeras weights: Weights) throws(WeightsError) -> Preprocessing {
    func unsupported(_ reason: String) -> WeightsError {
      .unsupported(source: weights.source, reason: reason)
    }
    if let layers = weights.metadata["keras_unread_preprocessing"] {
      throw unsupported(
        "prepares photos with layers that are not read (\(layers)); "
          + "save the model without them, or its weights only")
    }
    guard let steps = try kerasSteps(weights) else { return self }
    // Every colour becomes factor · x + shift.
    var factor = [1.0, 1.0, 1.0]
    var shift = [0.0, 0.0, 0.0]
    for step in steps {
      let rescaling: KerasRescaling
      switch step {
      case .rescaling(let layer): rescaling = layer
      case .normalization(let layer):
        guard let mean = weights.tensors["\(layer)/mean"],
          let variance = weights.tensors["\(layer)/variance"],
          let normalization = KerasRescaling(
            mean: .many(mean.elements.map(Double.init)),
            variance: .many(variance.elements.map(Double.init)))
        else {
          throw unsupported(
            "has a Normalization layer without a mean and a variance for three colours")
        }
        rescaling = normalization
      }
      guard let scale = rescaling.scale.colours, let offset = rescaling.offset.colours else {
        throw unsupported("has a Rescaling layer for other than three colours")
      }
      for c in 0..<3 {
        (factor[c], shift[c]) = (factor[c] * scale[c], shift[c] * scale[c] + offset[c])
      }
    }
    guard factor.allSatisfy({ $0 > 0 && $0.isFinite }), shift.allSatisfy(\.isFinite) else {
      throw unsupported("has layers in front that do not scale photos by a positive number")
    }
    var result = self
    result.mean = zip(factor, shift).map { Float(0 - $1 / $0) }
    result.std = factor.map { Float(1 / $0) }
    return result
  }
}

/// What the layers in front do, in their order; nil if the file does not say.
///
/// A file of weights alone has no layers, but tells by the variables of its normalization what Keras'
/// application around them does: x / 255, the normalization, and after ImageNet's one more division by √std.
private func kerasSteps(_ weights: Weights) throws(WeightsError) -> [KerasStep]? {
  if let json = weights.metadata["keras_preprocessing"] {
    do { return try JSONDecoder().decode([KerasStep].self, from: Data(json.utf8)) } catch {
      throw .unsupported(
        source: weights.source, reason: "has layers in front that cannot be read (\(json))")
    }
  }
  // Keras counts the layers of a process: "normalization_8".
  let means = weights.tensors.keys.filter {
    NameMap.isKerasPreprocessing($0) && $0.hasSuffix("/mean")
  }
  guard weights.tensors["stem_conv/kernel"] != nil, means.count == 1,
    let layer = means.first?.dropLast("/mean".count),
    let variance = weights.tensors["\(layer)/variance"]
  else { return nil }
  let zero = KerasNumbers.one(0)
  var steps: [KerasStep] = [
    .rescaling(KerasRescaling(scale: .one(1.0 / 255), offset: zero)),
    .normalization(String(layer)),
  ]
  // Keras took ImageNet's deviations for variances, and made up for it behind the layer.
  let deviations = [0.229, 0.224, 0.225]
  if variance.shape == [3],
    zip(variance.elements, deviations).allSatisfy({ abs(Double($0) - $1) < 1e-6 })
  {
    let scale = deviations.map { 1 / $0.squareRoot() }
    steps.append(.rescaling(KerasRescaling(scale: .many(scale), offset: zero)))
  }
  return steps
}

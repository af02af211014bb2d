package import EfficientNet

extension ModelDescription {
  /// Returns this network with the size, epsilon, preprocessing layers and last activation of a
  /// Keras file.
  ///
  /// - Parameters:
  ///   - naming: The names of the tensors. If they are not those of Keras, the description does not
  ///     change.
  ///   - notes: Receives a sentence for each assumption that the file leaves open.
  /// - Throws: ``WeightsError``, which names the layer, if the file's layers compute something else
  ///   than this network.
  package func adapted(
    toKeras file: WeightFile, naming: NameMap, notes: inout [String]
  ) throws(WeightsError) -> ModelDescription {
    guard naming.isKeras else { return self }
    let weights = file.weights
    var result = self
    guard let model = file.keras else {
      if let steps = kerasSteps(ofApplication: weights) {
        result.preprocessing = try preprocessing.after(steps, weights)
      }
      notes.append(
        "\(weights.source) contains only weights; the preprocessing and the pooling are assumed "
          + "to be those of \(architecture.name): \(result.preprocessing.normalization), "
          + "and the mean of the features")
      return result
    }
    let keras = try KerasGraph(model, source: weights.source)
    let input = keras.nodes.first { $0.className == "InputLayer" }
    if let extents = input?.settings.imageExtents {
      guard extents[0] == extents[1], 1...Preprocessing.maximumSide ~= extents[0] else {
        throw keras.refusal(
          "it takes images of \(extents[0])×\(extents[1]); they must be square, of 1 to "
            + "\(Preprocessing.maximumSide) pixels")
      }
      result = result.at(resolution: extents[0])
    }
    let epsilons = Set(keras.nodes.compactMap { $0.settings["epsilon"]?.number })
    if epsilons.count == 1, let epsilon = epsilons.first {
      result.architecture.batchNormEpsilon = epsilon
    }
    do { try result.architecture.validate() } catch {
      throw keras.refusal("\(error)")
    }
    let ends = try KerasComparison(result.architecture, naming: naming, to: keras).ends()
    if ends.output == "sigmoid" { result.output = .sigmoid }
    if ends.steps.isEmpty {
      if naming == .kerasV2 {
        result.preprocessing.mean = [127.5, 127.5, 127.5]
        result.preprocessing.std = [127.5, 127.5, 127.5]
      }
      notes.append(
        "\(weights.source) has no preprocessing layers; assumed: "
          + result.preprocessing.normalization + ", "
          + (naming == .kerasV2
            ? "−1 to 1, as Keras documents it for such networks"
            : "as published for \(architecture.name)"))
    } else {
      result.preprocessing = try result.preprocessing.after(ends.steps, weights)
    }
    return result
  }
}

extension Preprocessing {
  /// The operation on pixels in words.
  fileprivate var normalization: String {
    "pixels x become (x − mean) / deviation with mean \(mean) and deviation \(std)"
  }

  /// Returns the preprocessing with the mean and deviation of a Keras model's first layers.
  ///
  ///     Rescaling       y = scale · x + offset
  ///     Normalization   y = (x − mean) / √variance
  ///
  /// - Throws: ``WeightsError`` if the layers are not for three colors, or do not scale by a
  ///   positive number.
  func after(_ steps: [KerasStep], _ weights: Weights) throws(WeightsError) -> Preprocessing {
    func unsupported(_ reason: String) -> WeightsError {
      .unsupported(source: weights.source, reason: reason)
    }
    // Every color becomes factor · x + shift.
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
            "has a Normalization layer without a mean and a variance for three colors")
        }
        rescaling = normalization
      }
      guard let scale = rescaling.scale.colors, let offset = rescaling.offset.colors else {
        throw unsupported("has a Rescaling layer that is not for three colors")
      }
      for c in 0..<3 {
        (factor[c], shift[c]) = (factor[c] * scale[c], shift[c] * scale[c] + offset[c])
      }
    }
    var result = self
    result.mean = zip(factor, shift).map { Float(0 - $1 / $0) }
    result.std = factor.map { Float(1 / $0) }
    guard factor.allSatisfy({ $0 > 0 }), result.std.allSatisfy({ $0 > 0 && $0.isFinite }),
      result.mean.allSatisfy(\.isFinite)
    else {
      throw unsupported("has preprocessing layers that do not scale pixels by a positive number")
    }
    return result
  }
}

/// Returns the preprocessing layers of a file that contains only weights and not these layers, or
/// nil if they are unknown.
///
/// The variables of the normalization layer identify the Keras application: it computes x / 255 and
/// the normalization and, with the variables of ImageNet, one more division by √std.
func kerasSteps(ofApplication weights: Weights) -> [KerasStep]? {
  // Keras numbers the layers of a process: "normalization_8".
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
  // Keras uses ImageNet's deviations as variances, and corrects this behind the layer.
  let deviations = [0.229, 0.224, 0.225]
  if variance.shape == [3],
    zip(variance.elements, deviations).allSatisfy({ abs(Double($0) - $1) < 1e-6 })
  {
    let scale = deviations.map { 1 / $0.squareRoot() }
    steps.append(.rescaling(KerasRescaling(scale: .many(scale), offset: zero)))
  }
  return steps
}

internal import EfficientNet

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

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
    guard let json = weights.metadata["keras_rescaling"] else { return self }
    let rescalings: [KerasRescaling]
    do {
      rescalings = try JSONDecoder().decode([KerasRescaling].self, from: Data(json.utf8))
    } catch {
      throw unsupported("has Rescaling layers that cannot be read (\(json))")
    }
    // Every colour becomes factor · x + shift.
    var factor = [1.0, 1.0, 1.0]
    var shift = [0.0, 0.0, 0.0]
    func rescale(_ layer: KerasRescaling) throws(WeightsError) {
      guard let scale = layer.scale.colours, let offset = layer.offset.colours else {
        throw unsupported("has a Rescaling layer for other than three colours")
      }
      for c in 0..<3 {
        (factor[c], shift[c]) = (factor[c] * scale[c], shift[c] * scale[c] + offset[c])
      }
    }
    // Keras' applications rescale to 0…1, normalise, and rescale once more.
    if let first = rescalings.first { try rescale(first) }
    let names = weights.tensors.keys.filter { NameMap.isKerasPreprocessing($0) }
    if let mean = names.first(where: { $0.hasSuffix("/mean") }),
      let variance = names.first(where: { $0.hasSuffix("/variance") })
    {
      let (means, variances) = (
        weights.tensors[mean]?.elements ?? [], weights.tensors[variance]?.elements ?? []
      )
      guard means.count == 3, variances.count == 3, variances.allSatisfy({ $0 > 0 }) else {
        throw unsupported("has a Normalization layer for other than three colours")
      }
      for c in 0..<3 {
        let deviation = Double(variances[c]).squareRoot()
        (factor[c], shift[c]) = (factor[c] / deviation, (shift[c] - Double(means[c])) / deviation)
      }
    }
    for layer in rescalings.dropFirst() { try rescale(layer) }
    guard factor.allSatisfy({ $0 > 0 && $0.isFinite }), shift.allSatisfy(\.isFinite) else {
      throw unsupported("has a Rescaling layer that is not a positive scale")
    }
    var result = self
    result.mean = zip(factor, shift).map { Float(-$1 / $0) }
    result.std = factor.map { Float(1 / $0) }
    return result
  }
}

extension KerasNumbers {
  /// For red, green and blue; nil if there is another number of them.
  fileprivate var colours: [Double]? {
    switch self {
    case .one(let number): [number, number, number]
    case .many(let numbers): numbers.count == 3 ? numbers : nil
    }
  }
}

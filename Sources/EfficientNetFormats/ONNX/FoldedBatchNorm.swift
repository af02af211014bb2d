internal import EfficientNet

/// A batch norm as what it does to the convolution before it: `w'[o] = w[o] · scale[o]` and
/// `b'[o] = (b[o] − mean[o]) · scale[o] + beta[o]`, where `scale = gamma / √(variance + epsilon)`.
struct FoldedBatchNorm {
  /// The factor of every output's filter.
  let scale: [Double]
  private let mean: [Float]
  private let beta: [Float]

  /// The batch norm of the layer `name`.
  ///
  /// - Throws: ``WeightsError``: a tensor is missing, or a factor overflows.
  init(_ name: String, epsilon: Double, weights: Weights) throws(WeightsError) {
    let gamma = try weights.required("\(name).weight").elements
    let variance = try weights.required("\(name).running_var").elements
    mean = try weights.required("\(name).running_mean").elements
    beta = try weights.required("\(name).bias").elements
    scale = zip(gamma, variance).map { Double($0) / (Double($1) + epsilon).squareRoot() }
    guard scale.allSatisfy(\.isFinite) else {
      throw .nonFinite(name: "\(name).weight", source: weights.source)
    }
  }

  /// The new bias of a convolution that had this one, or none.
  func bias(_ bias: [Float]?) -> [Float] {
    scale.indices.map { o in
      Float((Double(bias?[o] ?? 0) - Double(mean[o])) * scale[o] + Double(beta[o]))
    }
  }
}

extension Weights {
  /// A tensor that the network needs.
  ///
  /// - Throws: ``WeightsError/missing(name:source:)``.
  func required(_ name: String) throws(WeightsError) -> WeightTensor {
    guard let tensor = tensors[name] else { throw .missing(name: name, source: source) }
    return tensor
  }
}

/// A batch norm folded into the layer before it: `w'[o] = w[o] · scale[o]`, and a new bias.
///
/// `scale = gamma / √(variance + epsilon)` and `bias'[o] = (bias[o] − mean[o]) · scale[o] +
/// beta[o]`, computed in double precision and rounded once.
package struct BatchNormFold {
  /// The factor on each output's filter.
  package let scale: [Float]
  package let bias: [Float]

  /// Computes the fold of the batch norm `name`. `bias` is the bias of the layer before it, if it
  /// has one.
  ///
  /// - Throws: ``WeightsError`` if a tensor is missing or the fold overflows.
  package init(
    _ name: String, epsilon: Double, bias: [Float]?, weights: Weights
  ) throws(WeightsError) {
    let gamma = try weights.required("\(name).weight").elements
    let beta = try weights.required("\(name).bias").elements
    let mean = try weights.required("\(name).running_mean").elements
    let variance = try weights.required("\(name).running_var").elements
    let exact = zip(gamma, variance).map { Double($0) / (Double($1) + epsilon).squareRoot() }
    scale = exact.map { Float($0) }
    self.bias = exact.indices.map { o in
      Float((Double(bias?[o] ?? 0) - Double(mean[o])) * exact[o] + Double(beta[o]))
    }
    guard scale.allSatisfy(\.isFinite), self.bias.allSatisfy(\.isFinite) else {
      throw .unsupported(
        source: weights.source,
        reason: "cannot be used: the batch norm \(WeightsError.quoted(name)) overflows 32-bit "
          + "floats; did its training diverge?")
    }
  }
}

extension Weights {
  /// Returns the tensor `name`.
  ///
  /// - Throws: ``WeightsError/missing(name:source:)`` if there is none.
  package func required(_ name: String) throws(WeightsError) -> WeightTensor {
    guard let tensor = tensors[name] else { throw .missing(name: name, source: source) }
    return tensor
  }
}

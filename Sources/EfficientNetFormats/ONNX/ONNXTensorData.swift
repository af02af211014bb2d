internal import EfficientNet
internal import EfficientNetCompute

/// The elements of an initializer: stored 32-bit floats, or floats that are computed during
/// writing, so that no second copy of the network's weights exists.
enum ONNXTensorData {
  /// An unchanged tensor.
  case stored(WeightTensor)
  /// The filter of every output times its factor. `name` and `source` are for messages.
  case scaled(WeightTensor, by: [Float], name: String, source: String)

  /// The size in the file in bytes.
  var byteCount: Int {
    switch self {
    case .stored(let tensor), .scaled(let tensor, _, _, _): 4 * tensor.count
    }
  }

  /// Returns the tensor with these elements.
  ///
  /// - Throws: ``WeightsError`` if a product is not a finite float.
  func tensor() throws(WeightsError) -> WeightTensor {
    switch self {
    case .stored(let tensor): return tensor
    case .scaled(let factor, let scale, let name, let source):
      let tensor = Self.product(factor, scale)
      guard tensor.isFinite else { throw .nonFinite(name: name, source: source) }
      return tensor
    }
  }

  /// `w'[o, …] = w[o, …] · factor[o]`
  private static func product(_ tensor: WeightTensor, _ factors: [Float]) -> WeightTensor {
    precondition(tensor.shape.first == factors.count, "\(tensor.shape) times \(factors.count)")
    let elements = tensor.withElements { w in
      let stride = w.count / factors.count
      return [Float](capacity: w.count) { output in
        for o in factors.indices {
          for index in (o * stride)..<((o + 1) * stride) {
            output.append(w[index] * factors[o])
          }
        }
      }
    }
    return WeightTensor(shape: tensor.shape, elements: elements)
  }
}

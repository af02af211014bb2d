/// A tensor of a network, with its name and layout in another framework's file.
package struct StoredParameter: Hashable, Sendable {
  package let parameter: Parameter
  /// The name in the other program's file.
  package let name: String
  /// The order of the elements in the other program's file.
  package let layout: TensorLayout

  /// The extents in the other program's file.
  package var shape: [Int] { layout.storedShape(of: parameter.shape) }
}

extension StoredParameter {
  init(keras parameter: Parameter, layer: String, of operation: Graph.Operation) {
    let leaf = String(parameter.name.split(separator: ".").last ?? "")
    var names = ["weight": "kernel"]
    let layout: TensorLayout
    switch operation {
    case .batchNorm:
      names = [
        "weight": "gamma", "bias": "beta", "running_mean": "moving_mean",
        "running_var": "moving_variance",
      ]
      layout = .pyTorch
    case .convolution: layout = .kerasConvolution
    case .depthwiseConvolution: layout = .kerasDepthwise
    case .linear: layout = .kerasDense
    case .input, .averagePool, .activation, .globalAveragePool, .scale, .add, .dropout,
      .stochasticDepth:
      preconditionFailure("\(layer) has no tensors")
    }
    self.init(
      parameter: parameter, name: "\(layer)/\(names[leaf] ?? leaf)",
      layout: leaf == "weight" ? layout : .pyTorch)
  }
}

/// The order of a tensor's axes in a file, compared with PyTorch's.
package enum TensorLayout: Hashable, Sendable {
  /// PyTorch's order: (output, input, height, width), (output, input), or one axis.
  case pyTorch
  /// (height, width, input, output).
  case kerasConvolution
  /// (height, width, channel, 1); PyTorch has (channel, 1, height, width).
  case kerasDepthwise
  /// (input, output).
  case kerasDense

  /// For each axis in the file, its number in PyTorch's order; nil if the orders are equal.
  private var axes: [Int]? {
    switch self {
    case .pyTorch: nil
    case .kerasConvolution: [2, 3, 1, 0]
    case .kerasDepthwise: [2, 3, 0, 1]
    case .kerasDense: [1, 0]
    }
  }

  /// Returns the extents in the file for a tensor with these extents in PyTorch.
  func storedShape(of shape: [Int]) -> [Int] { axes?.map { shape[$0] } ?? shape }

  /// For each axis in PyTorch, its number in the file's order.
  private var inverseAxes: [Int]? {
    axes.map { axes in axes.indices.map { axis in axes.firstIndex(of: axis) ?? axis } }
  }

  /// Returns the extents in PyTorch for a tensor with these extents in the file.
  func canonical(shape: [Int]) -> [Int] { inverseAxes?.map { shape[$0] } ?? shape }

  /// Converts a tensor from the file's order to PyTorch's.
  func canonical(_ tensor: WeightTensor) -> WeightTensor {
    inverseAxes.map(tensor.transposed) ?? tensor
  }

  /// Converts a tensor from PyTorch's order to the file's.
  func stored(_ tensor: WeightTensor) -> WeightTensor {
    axes.map(tensor.transposed) ?? tensor
  }
}

extension WeightTensor {
  /// Returns the tensor with permuted axes: axis `i` of the result is axis `axes[i]`.
  func transposed(_ axes: [Int]) -> WeightTensor {
    precondition(axes.sorted() == Array(shape.indices), "axes \(axes) of shape \(shape)")
    var strides = Array(repeating: 1, count: shape.count)
    for axis in shape.indices.reversed().dropFirst() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let extents = axes.map { shape[$0] }
    let steps = axes.map { strides[$0] }
    let elements = withElements { elements in
      [Float](capacity: elements.count) { output in
        // The position of each element advances like an odometer.
        var place = Array(repeating: 0, count: extents.count)
        var offset = 0
        for _ in elements.indices {
          output.append(elements[offset])
          for axis in extents.indices.reversed() {
            place[axis] += 1
            offset += steps[axis]
            if place[axis] < extents[axis] { break }
            offset -= steps[axis] * extents[axis]
            place[axis] = 0
          }
        }
      }
    }
    return WeightTensor(shape: extents, elements: elements)
  }
}

internal import EfficientNetCompute

/// A layer of a network in training, with the buffers that its forward and backward passes read and
/// write. Buffers, norms and parameters are indices into ``TrainingPlan``. The set is closed:
/// forward and backward are one switch each.
enum TrainingLayer {
  case convolution(ConvolutionLayer)
  case pool(PoolLayer)
  case store(StoreLayer)
  case dropout(DropoutLayer)

  /// A convolution, an average pool, or a fully connected layer.
  struct ConvolutionLayer {
    let name: String
    var arithmetic: Arithmetic
    /// Nil for an average pool, whose filters are constant.
    let weight: Int?
    let bias: Int?
    let x: Reading
    let y: Int
    /// The batch norm after it.
    var norm: Int?
    // Backward.
    var dy: OutputGradient?
    /// The buffer for the gradient of a projection's output.
    var storedGradient: Int?
    var dx: Int?
    var accumulates = false
    /// The gradient of the input's gate.
    var dgate: Int?
    /// The sums computed for the batch norm of the input's view.
    var inputSums = OutputGradient.Sums.none
    /// The weight gradients of each image; nil if threads share the columns instead, or a
    /// projection's inputs.
    var parts: Int?
    /// The bias gradients of each image.
    var biasParts: Int?

    /// Whether it is a product whose input is read through a norm, an activation or a gate.
    var isProjection: Bool { if case .product = arithmetic { !x.isPlain } else { false } }
  }

  enum Arithmetic {
    /// Across all channels.
    case product(TrainingProduct)
    /// Channel by channel.
    case depthwise(TrainingDepthwise)
  }

  /// The mean over all pixels.
  struct PoolLayer {
    let x: Reading
    let mean: Int
  }

  /// Stores the value of a view plus a residual.
  struct StoreLayer {
    let x: Reading
    let residual: Int?
    let out: Int
    // Backward.
    /// The gradient of the stored value, and its buffer if it is not stored yet.
    var dy: OutputGradient?
    var storedGradient: Int?
    var dgate: Int?
    /// The residual's gradient, if it needs other memory than the output's.
    var residualGradient: Int?
    var accumulates = false
  }

  /// Sets elements to zero and scales up the others.
  struct DropoutLayer {
    let rate: Double
    let x: Int
    /// The factors: 0, or 1 / (1 − rate).
    let mask: Int
    let out: Int
    var dy: Int?
    var dx: Int?
  }
}

extension TrainingLayer {
  var convolution: ConvolutionLayer? {
    if case .convolution(let layer) = self { layer } else { nil }
  }

  /// The name of the convolution, or of the operation.
  var name: String {
    switch self {
    case .convolution(let layer): layer.name
    case .pool: "pool"
    case .store: "store"
    case .dropout: "dropout"
    }
  }
}

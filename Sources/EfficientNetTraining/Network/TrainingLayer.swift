internal import EfficientNetCompute

/// One layer of a network in training: what its forward and its backward read and write. Buffers, norms and parameters are
/// numbers into ``TrainingPlan``. A closed set: forward and backward are a switch each.
enum TrainingLayer {
  case convolution(ConvolutionLayer)
  case pool(PoolLayer)
  case store(StoreLayer)
  case dropout(DropoutLayer)

  /// A convolution, an average pool, or a fully connected layer.
  struct ConvolutionLayer {
    let name: String
    var arithmetic: Arithmetic
    /// Nil for an average pool, whose filters are constants.
    let weight: Int?
    let bias: Int?
    let x: Reading
    let y: Int
    /// The batch norm behind it.
    var norm: Int?
    // Backward.
    var dy: OutputGradient?
    /// The gradient of the output of a projection, stored.
    var storedGradient: Int?
    var dx: Int?
    var accumulates = false
    /// The gradient of the gate in front of it.
    var dgate: Int?
    /// What is made for the batch norm below the input's view.
    var inputSums = OutputGradient.Sums.none
    /// Gradients of the weights, image by image; nil where threads share out the columns instead, or a projection's inputs.
    var parts: Int?
    /// The same for the bias.
    var biasParts: Int?

    /// Whether it is a product whose input is read through a norm, an activation or a gate.
    var isProjection: Bool { if case .product = arithmetic { !x.isPlain } else { false } }
  }

  enum Arithmetic {
    /// Over all channels.
    case product(TrainingProduct)
    /// Channel by channel.
    case depthwise(TrainingDepthwise)
  }

  /// The mean over all pixels.
  struct PoolLayer {
    let x: Reading
    let mean: Int
  }

  /// The value of a view, stored, plus a residual.
  struct StoreLayer {
    let x: Reading
    let residual: Int?
    let out: Int
    // Backward.
    /// The gradient of what is stored, and where it is stored if it is not yet.
    var dy: OutputGradient?
    var storedGradient: Int?
    var dgate: Int?
    /// The residual's gradient where it is not the same memory as that of the output.
    var residualGradient: Int?
    var accumulates = false
  }

  /// Elements set to zero, the others scaled up.
  struct DropoutLayer {
    let rate: Double
    let x: Int
    /// Zeros and 1 / (1 − rate).
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

  /// Its convolution's name, or what it does.
  var name: String {
    switch self {
    case .convolution(let layer): layer.name
    case .pool: "pool"
    case .store: "store"
    case .dropout: "dropout"
    }
  }
}

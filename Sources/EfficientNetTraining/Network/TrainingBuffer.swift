internal import EfficientNet
internal import EfficientNetCompute

/// Memory of a training step: a map for each image of a batch, one map whose pixels are the images (features), or plain
/// floats for each image.
struct TrainingBuffer: Lifetime {
  enum Form: Hashable {
    /// A feature map for each image.
    case maps(MapLayout)
    /// A row of channels for each image: a map whose pixels are the images.
    case features(channels: Int)
    /// So many floats for each of `parts` parts of the work: gradients of weights before they are added up.
    case parts(Int, parts: Int)
  }

  let form: Form
  /// Images of the largest batch.
  let images: Int
  var firstStep: Int
  var lastStep: Int

  var precision: Precision {
    if case .maps(let layout) = form { layout.precision } else { .float32 }
  }

  var count: Int {
    switch form {
    case .maps(let layout): images * Arena.aligned(layout.count)
    case .features(let channels): images * Kernels.channelStride(channels)
    case .parts(let count, let parts): parts * Arena.aligned(count)
    }
  }
}

/// A buffer and how it is read: `gate · act(norm(y))`.
struct Reading: Hashable {
  var buffer: Int
  var norm: Int?
  var activation = Activation.identity
  /// Features that the value is multiplied with.
  var gate: Int?

  /// Whether the value is what is stored.
  var isPlain: Bool { norm == nil && activation == .identity && gate == nil }
}

/// Where the gradient of a buffer comes from when its producer needs it.
struct OutputGradient: Hashable {
  /// How the buffer is read by those who made the gradient.
  var reading: Reading
  /// The gradient of the value that is read.
  var g: Int?
  /// The gradient of its mean over all pixels.
  var pooled: Int?
  /// What whoever made `g` made with it.
  var sums = Sums.none

  /// How far the sums are that the backward of batch norm needs.
  enum Sums: Hashable {
    /// They are still to be made.
    case none
    /// They are made, and `g` is the gradient before the activation.
    case made
    /// They are made in two parts, with and without the gradient.
    case parts
  }
}

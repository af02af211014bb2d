internal import EfficientNet
internal import EfficientNetCompute

/// Memory of a training step: one map per image of a batch, one map whose pixels are the images
/// (features), or floats for parts of the work.
struct TrainingBuffer: Lifetime {
  enum Form: Hashable {
    case maps(MapLayout)
    /// A row of channels per image: a map whose pixels are the images.
    case features(channels: Int)
    /// Floats for each of `parts` parts of the work: weight gradients before they are summed.
    case parts(Int, parts: Int)
  }

  let form: Form
  /// The number of images in the largest batch.
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

/// A buffer and the function through which it is read: `gate · act(norm(y))`.
struct Reading: Hashable {
  var buffer: Int
  var norm: Int?
  var activation = Activation.identity
  /// The features that multiply the value.
  var gate: Int?

  /// Whether the value is the stored one.
  var isPlain: Bool { norm == nil && activation == .identity && gate == nil }
}

/// The gradient of a buffer, at the time when its producer reads it.
struct OutputGradient: Hashable {
  /// The function through which the consumers read the buffer.
  var reading: Reading
  /// The gradient of the value that is read.
  var g: Int?
  /// The gradient of the value's mean over all pixels.
  var pooled: Int?
  /// The sums that were computed together with `g`.
  var sums = Sums.none

  /// The state of the sums that the backward pass of batch norm needs.
  enum Sums: Hashable {
    /// The sums must still be computed.
    case none
    /// The sums are complete, and `g` is the gradient before the activation.
    case made
    /// The sums are complete in two parts, with and without the gradient.
    case parts
  }
}

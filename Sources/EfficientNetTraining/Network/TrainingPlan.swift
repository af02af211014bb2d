internal import EfficientNet
internal import EfficientNetCompute

/// A plan of a training step: the layers in order, their shared memory, and the places of all
/// parameters.
///
/// Forward runs layer i at time i, backward at time 2 · layers − 1 − i. Buffers that are not needed
/// at the same time share memory.
struct TrainingPlan {
  /// The number of images in the largest batch.
  let images: Int
  let inputShape: Shape
  let classes: Int
  /// One layer per node that computes a value, in forward order.
  var layers: [TrainingLayer] = []
  var buffers: [TrainingBuffer] = []
  var normPlans: [NormPlan] = []
  /// The batch norms with their places in memory.
  var norms: [TrainingNorm] = []
  var parameters: [TrainingParameter] = []
  var statistics: [TrainingParameter] = []
  /// The features that stochastic depth fills in each step, with their rates.
  var keeps: [(buffer: Int, rate: Double)] = []
  var input = 0
  var logits = 0
  var logitsGradient = 0
  /// The values that are kept with their gradients.
  var stages: [Stage] = []
  /// The places of everything in one arena.
  var memory = MemoryMap()

  /// The value of a part of the network, stored unchanged.
  struct Stage {
    let name: String
    /// The shape for one image.
    let shape: Shape
    let buffer: Int
    /// The layer that stores it.
    let layer: Int
  }

  /// A batch norm before its places are known.
  struct NormPlan {
    let part: Graph.Part
    let channels: Int
    let epsilon: Double
    let momentum: Double
    /// The index of gamma; beta follows it.
    let gamma: Int
    /// The index of the running mean among the statistics; the variance follows it.
    let mean: Int
  }

  /// The consecutive regions of the arena.
  struct MemoryMap {
    var count = 0
    var parameters = Region(offset: 0, count: 0)
    var gradients = Region(offset: 0, count: 0)
    var statistics = Region(offset: 0, count: 0)
    var zeros = Region(offset: 0, count: 0)
    /// One region per buffer.
    var buffers: [Region] = []
    /// One region per thread.
    var scratch: [Region] = []

    mutating func add(_ count: Int) -> Region {
      let region = Region(offset: self.count, count: count)
      self.count += Arena.aligned(count)
      return region
    }

    mutating func place(_ tensors: inout [TrainingParameter]) {
      for index in tensors.indices {
        tensors[index].region = add(TrainingParameter.count(tensors[index].form))
      }
    }
  }

  func backwardTime(_ layer: Int) -> Int { 2 * layers.count - 1 - layer }

  /// Records that a buffer is needed at a time.
  mutating func touch(_ buffer: Int?, at time: Int) {
    guard let buffer else { return }
    buffers[buffer].firstStep = min(buffers[buffer].firstStep, time)
    buffers[buffer].lastStep = max(buffers[buffer].lastStep, time)
  }

  mutating func touch(_ reading: Reading, at time: Int) {
    touch(reading.buffer, at: time)
    touch(reading.gate, at: time)
  }

  mutating func addBuffer(_ form: TrainingBuffer.Form, at time: Int) -> Int {
    buffers.append(
      TrainingBuffer(form: form, images: images, firstStep: time, lastStep: time))
    return buffers.count - 1
  }

  /// Whether a buffer is one map whose pixels are the images.
  func isFeatures(_ buffer: Int) -> Bool {
    if case .features = buffers[buffer].form { true } else { false }
  }

  /// The feature map of one image of a buffer of maps, or of all images of a buffer of features.
  func map(_ buffer: Int, image: Int) -> FeatureMap {
    let region = memory.buffers[buffer]
    switch buffers[buffer].form {
    case .maps(let layout):
      return FeatureMap(
        Region(
          offset: region.offset + image * Arena.aligned(layout.count), count: layout.count),
        layout)
    case .features(let channels):
      return FeatureMap(region, .nhwc(pixels: images, channels: channels, precision: .float32))
    case .parts: preconditionFailure("buffer \(buffer) holds no maps")
    }
  }

  /// The row of one image in a buffer of features.
  func row(_ buffer: Int, image: Int) -> Region {
    guard case .features(let channels) = buffers[buffer].form else {
      preconditionFailure("buffer \(buffer) holds no features")
    }
    let stride = Kernels.channelStride(channels)
    return Region(offset: memory.buffers[buffer].offset + image * stride, count: stride)
  }

  func part(_ buffer: Int, _ part: Int) -> Region {
    guard case .parts(let count, _) = buffers[buffer].form else {
      preconditionFailure("buffer \(buffer) has no parts")
    }
    return Region(
      offset: memory.buffers[buffer].offset + part * Arena.aligned(count), count: count)
  }

  /// The view of one image of a buffer, or of all images of features.
  func view(_ reading: Reading, image: Int) -> MapView {
    let norm = reading.norm.map { norms[$0] }
    return MapView(
      y: map(reading.buffer, image: image), scale: norm?.scale, shift: norm?.shift,
      activation: reading.activation, gate: reading.gate.map { row($0, image: image) })
  }

  /// The gradient of one image of a buffer, or of all images of features.
  ///
  /// - Parameter isFrozen: Whether its norm's statistics are constants, so that the norm is a
  ///   factor plus a constant.
  func gradient(_ output: OutputGradient, image: Int, isFrozen: Bool) -> MapGradient {
    var view = view(output.reading, image: image)
    if output.sums == .made { (view.activation, view.gate) = (.identity, nil) }
    return MapGradient(
      view: view, g: output.g.map { map($0, image: image) },
      pooled: output.pooled.map { row($0, image: image) },
      coefficients: output.reading.norm.map {
        isFrozen
          ? MapGradient.Coefficients(c1: norms[$0].scale, c2: memory.zeros, c3: memory.zeros)
          : norms[$0].coefficients
      })
  }

  func gradient(ofParameter index: Int) -> Region {
    let region = parameters[index].region
    return Region(
      offset: region.offset - memory.parameters.offset + memory.gradients.offset,
      count: region.count)
  }
}

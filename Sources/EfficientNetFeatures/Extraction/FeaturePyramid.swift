public import EfficientNet
public import EfficientNetCompute

/// The last feature map of a network at each resolution, as detection and segmentation networks use
/// them.
///
///     let pyramid = FeaturePyramid(of: try Variant(named: "b0").architecture)
///     pyramid.levels.map(\.reduction)  // [2, 4, 8, 16, 32]
///     pyramid.levels.map(\.channels)   // [16, 24, 40, 112, 320]
///
/// The maps equal those of timm's `create_model(…, features_only=True)`.
public struct FeaturePyramid: Hashable, Sendable {
  /// One feature map of the pyramid.
  public struct Level: Hashable, Sendable {
    /// The stage that computes it, such as "conv_stem" or "blocks.0".
    public let stage: String
    /// The side of the image divided by the side of the map.
    public let reduction: Int
    /// The number of channels.
    public let channels: Int
    /// The height at the network's own resolution.
    public let height: Int
    /// The width at the network's own resolution.
    public let width: Int
  }

  /// The maps, the largest first.
  public let levels: [Level]

  /// Creates the pyramid of a network.
  ///
  /// - Parameter architecture: The network.
  /// - Precondition: the network is valid.
  public init(of architecture: Architecture) {
    let graph = Graph(architecture)
    let shapes = graph.shapes(input: architecture.inputShape)
    // The stem halves the resolution; stages divide it by their stride.
    var reduction = 2
    var levels: [Level] = []
    for end in graph.stageEnds {
      switch end.part {
      case .stem: break
      case .block(let stage, _): reduction *= architecture.stages[stage].stride
      case .input, .head, .pooling, .classifier: continue
      }
      if levels.last?.reduction == reduction { levels.removeLast() }
      let shape = shapes[end.node]
      levels.append(
        Level(
          stage: end.name, reduction: reduction, channels: shape.c, height: shape.h,
          width: shape.w))
    }
    self.levels = levels
  }
}

/// Computes the maps of a ``FeaturePyramid``.
///
///     let extractor = try PyramidExtractor(model, reductions: [8, 16, 32], pool: ThreadPool())
///     var session = extractor.makeSession(maximumBatch: 8)
///     for map in session.outputs(images) { print(map.name, map.value.shape) }
///
/// Layers behind the last map are not computed.
public struct PyramidExtractor: Sendable {
  /// The maps, in the order of the session's outputs.
  public let levels: [FeaturePyramid.Level]
  /// The preprocessing of photos.
  public let preprocessing: Preprocessing
  /// The network.
  public let engine: Engine
  private let pool: ThreadPool

  /// Prepares a model.
  ///
  /// - Parameters:
  ///   - model: The network, its weights and its preprocessing.
  ///   - reductions: The reductions of the levels to compute; nil for all levels.
  ///   - pool: The threads to compute on.
  ///   - precision: The number format of activations and weights; nil for int8 if the model is
  ///     quantized, otherwise 32-bit floats.
  /// - Precondition: `reductions` is not empty.
  /// - Throws: `WeightsError`, `ArchitectureError`, `InstructionSetError`, and
  ///   ``FeaturesError/noLevel(network:reduction:levels:)``.
  public init(
    _ model: Model, reductions: Set<Int>? = nil, pool: ThreadPool,
    precision: Precision? = nil
  ) throws {
    let architecture = model.description.architecture
    try architecture.validate()
    let all = FeaturePyramid(of: architecture).levels
    for reduction in reductions ?? [] where !all.contains(where: { $0.reduction == reduction }) {
      throw FeaturesError.noLevel(
        network: architecture.name, reduction: reduction, levels: all.map(\.reduction))
    }
    levels = reductions.map { wanted in all.filter { wanted.contains($0.reduction) } } ?? all
    require(!levels.isEmpty, "reductions is empty; it must be nil or have a reduction")
    engine = try Engine(
      model, precision: precision, outputs: levels.map(\.stage), pool: pool)
    preprocessing = model.description.preprocessing
    self.pool = pool
  }

  /// Returns a session, whose `outputs(_:)` has a map of shape (n, height, width, channels) for
  /// each of ``levels``.
  ///
  /// - Parameter maximumBatch: The largest number of images of a batch.
  /// - Precondition: `maximumBatch` is at least 1.
  public func makeSession(maximumBatch: Int = 1) -> Session {
    engine.makeSession(pool: pool, maximumBatch: maximumBatch)
  }
}

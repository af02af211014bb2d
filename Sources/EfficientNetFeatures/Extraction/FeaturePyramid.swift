public import EfficientNet
public import EfficientNetCompute

/// The last feature map of a network at each resolution: what detectors and segmentation networks are built on.
///
///     let pyramid = FeaturePyramid(of: try Variant(named: "b0").architecture)
///     pyramid.levels.map(\.reduction)  // [2, 4, 8, 16, 32]
///     pyramid.levels.map(\.channels)   // [16, 24, 40, 112, 320]
///
/// These are the maps that timm's `create_model(…, features_only=True)` gives.
public struct FeaturePyramid: Hashable, Sendable {
  /// A feature map.
  public struct Level: Hashable, Sendable {
    /// The part of the network that makes it: "conv_stem" or "blocks.0" …
    public let stage: String
    /// Pixels of the image for one of the map, along each side.
    public let reduction: Int
    /// Its channels.
    public let channels: Int
    /// Its height for the network's own resolution.
    public let height: Int
    /// Its width.
    public let width: Int
  }

  /// The maps, the largest first.
  public let levels: [Level]

  /// The pyramid of a network.
  ///
  /// - Precondition: the network is valid.
  public init(of architecture: Architecture) {
    let graph = Graph(architecture)
    let shapes = graph.shapes(input: architecture.inputShape)
    // The stem halves the image, and some stages what they are given.
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

/// Makes the maps of a ``FeaturePyramid``.
///
///     let extractor = try PyramidExtractor(model, reductions: [8, 16, 32], pool: ThreadPool())
///     var session = extractor.makeSession(maximumBatch: 8)
///     for map in session.outputs(images) { print(map.name, map.value.shape) }
///
/// Nothing behind the last map is computed.
public struct PyramidExtractor: Sendable {
  /// The maps, in the order in which they are made.
  public let levels: [FeaturePyramid.Level]
  /// What happens to a photo before the network sees it.
  public let preprocessing: Preprocessing
  /// The network, ready to run.
  public let engine: Engine
  private let pool: ThreadPool

  /// Prepares a model.
  ///
  /// - Parameters:
  ///   - reductions: The levels that are wanted; nil for all.
  ///   - precision: Of feature maps and weights.
  /// - Throws: `WeightsError`, `ArchitectureError`, `InstructionSetError`, and ``FeaturesError/noLevel(network:reduction:levels:)``.
  public init(
    _ model: Model, reductions: Set<Int>? = nil, pool: ThreadPool,
    precision: Precision = .float32
  ) throws {
    let architecture = model.description.architecture
    try architecture.validate()
    let all = FeaturePyramid(of: architecture).levels
    for reduction in reductions ?? [] where !all.contains(where: { $0.reduction == reduction }) {
      throw FeaturesError.noLevel(
        network: architecture.name, reduction: reduction, levels: all.map(\.reduction))
    }
    levels = reductions.map { wanted in all.filter { wanted.contains($0.reduction) } } ?? all
    precondition(!levels.isEmpty, "a pyramid needs a level")
    engine = try Engine(
      architecture, weights: model.weights, precision: precision, outputs: levels.map(\.stage),
      pool: pool)
    preprocessing = model.description.preprocessing
    self.pool = pool
  }

  /// Memory for batches of up to `maximumBatch` images; its `outputs(_:)` gives a map (n, height, width, channels) for each
  /// of ``levels``.
  public func makeSession(maximumBatch: Int = 1) -> Session {
    engine.makeSession(pool: pool, maximumBatch: maximumBatch)
  }
}

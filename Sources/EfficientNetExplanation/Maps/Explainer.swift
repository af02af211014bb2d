public import EfficientNet
public import EfficientNetCompute

/// Shows where a network finds what it says.
///
///     let explainer = try Explainer(model, pool: ThreadPool())
///     for explanation in try explainer.explain(photo, classes: .best(2)) {
///       print(explanation.prediction.label, explanation.map.peak)
///     }
///
/// Any number of threads and tasks may use it at once. It explains one photo at a time, the others wait: those of tasks in
/// order, without holding a thread.
public final class Explainer: Sendable {
  /// The network, its preprocessing and its classes.
  public let description: ModelDescription
  /// How maps are made.
  public let method: ExplanationMethod
  private let maker: Locked<MapMaker>
  private let jobs = JobQueue(maximumConcurrency: 1)

  /// Which classes are explained.
  public enum Classes: Hashable, Sendable {
    /// So many, the most probable ones.
    case best(Int)
    /// Those with these numbers.
    case indices([Int])
  }

  /// Prepares a network.
  ///
  /// - Parameter precision: Of feature maps and weights.
  /// - Throws: `UnknownStage`; `ArchitectureError` (also for a network that does not take
  ///   the three channels of photos, or has no classifier), `WeightsError`, `InstructionSetError`, `TrainingError` for want of memory.
  public init(
    _ model: Model, method: ExplanationMethod = .classActivation, pool: ThreadPool,
    precision: Precision = .float32
  ) throws {
    try model.description.architecture.validateForPhotos()
    try model.description.architecture.validateClassifier()
    (description, self.method) = (model.description, method)
    let maker =
      switch method {
      case .classActivation: try Self.classActivation(model, pool: pool, precision: precision)
      case .gradCAM(let stage):
        try Self.gradCAM(model, stage: stage, pool: pool, precision: precision)
      case .occlusion(let occlusion):
        try Self.occlusion(occlusion, of: model, pool: pool, precision: precision)
      }
    self.maker = Locked(maker)
  }

  /// Makes maps of the classes that `classes` chooses when it is given the logits; it is called once.
  typealias MapMaker = (
    _ input: Tensor, _ classes: (_ logits: [Float]) -> [Int],
    _ progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> [ActivationMap]

  /// The parts of a network whose maps ``ExplanationMethod/gradCAM(stage:)`` can show, from the stem to the head.
  public static func stages(of architecture: Architecture) -> [String] {
    Graph(architecture).stageEnds.map(\.name).prefix { $0 != "global_pool" }.map(\.self)
  }

  /// Says where a network sees classes in a photo, in the order of `classes`.
  ///
  /// - Parameter progress: Is told of what takes many runs of the network, occlusion, before every few of them; what it throws ends
  ///   the work.
  /// - Throws: ``ExplanationError/notFinite(network:)``, and what `progress` throws.
  /// - Precondition: at least one class is asked for, and the classes are some of the network's.
  public func explain(
    _ photo: PixelBuffer, classes: Classes = .best(1),
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> [Explanation] {
    let maps = try explain(
      description.preprocessing.tensor(photo), classes: classes, progress: progress)
    let region = description.preprocessing.region(width: photo.width, height: photo.height)
    return maps.map { Explanation(prediction: $0.prediction, map: $0.map, region: region) }
  }

  /// Says where a network sees classes in a photo, in the order of `classes`.
  ///
  /// - Throws: ``ExplanationError/notFinite(network:)``, `NoThreadError`; `CancellationError` if the task is cancelled before the
  ///   work begins or, of occlusion, before the next few runs of the network; other maps are made to their end.
  /// - Precondition: at least one class is asked for, and the classes are some of the network's.
  public func explain(
    _ photo: PixelBuffer, classes: Classes = .best(1)
  ) async throws -> [Explanation] {
    try await jobs.run { [self] job in
      try job.check()
      return try explain(photo, classes: classes) { _, _ in try job.check() }
    }
  }

  /// The same for an input as the network takes it, (1, resolution, resolution, channels).
  ///
  /// - Throws: as ``explain(_:classes:progress:)-(PixelBuffer,_,_)``.
  /// - Precondition: likewise, and the input has this shape.
  public func explain(
    _ input: Tensor, classes: Classes = .best(1),
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> [(prediction: Prediction, map: ActivationMap)] {
    var chosen: [Prediction] = []
    let maps = try maker.withLock { maker in
      Result {
        try maker(
          input,
          { logits in
            chosen = predictions(logits, classes)
            return chosen.map(\.index)
          }, progress)
      }
    }.get()
    let explanations = zip(chosen, maps).map { (prediction: $0, map: $1) }
    guard
      explanations.allSatisfy({ explanation in
        explanation.prediction.logit.isFinite && explanation.map.values.allSatisfy(\.isFinite)
      })
    else { throw ExplanationError.notFinite(network: description.architecture.name) }
    return explanations
  }

  private func predictions(_ logits: [Float], _ classes: Classes) -> [Prediction] {
    let ranked = Prediction.best(
      logits.count, of: logits, labels: description.classes, output: description.output)
    switch classes {
    case .best(let count):
      precondition(count >= 1, "\(count) classes are asked for")
      return Array(ranked.prefix(count))
    case .indices(let indices):
      let byIndex = Dictionary(uniqueKeysWithValues: ranked.map { ($0.index, $0) })
      return indices.map { index in
        guard let prediction = byIndex[index] else {
          preconditionFailure("class \(index) of \(logits.count)")
        }
        return prediction
      }
    }
  }
}

/// Where a network sees a class in a photo.
public struct Explanation: Hashable, Sendable {
  /// The class, with its probability and logit.
  public let prediction: Prediction
  /// Over the part of the photo that the network sees.
  public let map: ActivationMap
  /// That part, in the photo's pixels.
  public let region: PhotoRegion

  /// An explanation.
  public init(prediction: Prediction, map: ActivationMap, region: PhotoRegion) {
    (self.prediction, self.map, self.region) = (prediction, map, region)
  }
}

/// Why a network cannot be explained.
public enum ExplanationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Logits or maps are not numbers.
  case notFinite(network: String)

  /// For people.
  public var description: String {
    switch self {
    case .notFinite(let network):
      "the outputs of \(network) are not finite numbers; are its weights damaged?"
    }
  }
}

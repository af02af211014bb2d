public import EfficientNet
public import EfficientNetCompute

/// Computes maps of the regions of a photo behind a prediction.
///
///     let explainer = try Explainer(model, pool: ThreadPool())
///     for explanation in try explainer.explain(photo, classes: .best(2)) {
///       print(explanation.prediction.label, explanation.map.peak)
///     }
///
/// Any number of threads and tasks can share an explainer. It explains one photo at a time. Other
/// callers wait; tasks wait in order and without blocking a thread.
public final class Explainer: Sendable {
  /// The network, its preprocessing and its classes.
  public let description: ModelDescription
  /// The method that makes the maps.
  public let method: ExplanationMethod
  private let maker: Locked<MapMaker>
  private let jobs = JobQueue(maximumConcurrency: 1)

  /// The classes to explain.
  public enum Classes: Hashable, Sendable {
    /// The most probable classes, up to this number.
    case best(Int)
    /// The classes with these numbers.
    case indices([Int])
  }

  /// Prepares a network for explanations.
  ///
  /// - Parameters:
  ///   - model: The network, its weights and its classes.
  ///   - method: The method that makes the maps.
  ///   - pool: The threads to compute on.
  ///   - precision: The number format of activations and weights.
  /// - Throws: `ArchitectureError` (also if the network has no classifier or its input is not three
  ///   channels), `WeightsError`, `InstructionSetError`; for Grad-CAM also `UnknownStage`, and
  ///   `TrainingError` if memory does not suffice.
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

  /// Makes the maps of the classes that `classes` selects from the logits. It calls `classes` once.
  typealias MapMaker = (
    _ input: Tensor, _ classes: (_ logits: [Float]) -> [Int],
    _ progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> [ActivationMap]

  /// Returns the stages that ``ExplanationMethod/gradCAM(stage:)`` can explain, from the stem to
  /// the head.
  ///
  /// - Parameter architecture: The network.
  public static func stages(of architecture: Architecture) -> [String] {
    Graph(architecture).stageEnds.map(\.name).prefix { $0 != "global_pool" }.map(\.self)
  }

  /// Explains classes of a photo. The explanations are in the order of `classes`.
  ///
  /// - Parameters:
  ///   - photo: The photo, of any size.
  ///   - classes: The classes to explain.
  ///   - progress: A function that occlusion calls between its runs of the network. An error that
  ///     it throws stops the work.
  /// - Throws: ``ExplanationError/notFinite(network:)``, and what `progress` throws.
  /// - Precondition: `classes` names at least one class, and only classes of the network.
  public func explain(
    _ photo: PixelBuffer, classes: Classes = .best(1),
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> [Explanation] {
    let maps = try explain(
      description.preprocessing.tensor(photo), classes: classes, progress: progress)
    let region = description.preprocessing.region(width: photo.width, height: photo.height)
    return maps.map { Explanation(prediction: $0.prediction, map: $0.map, region: region) }
  }

  /// Explains classes of a photo without blocking the calling thread. The explanations are in the
  /// order of `classes`.
  ///
  /// - Parameters:
  ///   - photo: The photo, of any size.
  ///   - classes: The classes to explain.
  /// - Throws: ``ExplanationError/notFinite(network:)``; `NoThreadError`; `CancellationError` if
  ///   the task is cancelled before the work begins. Occlusion also checks for cancellation between
  ///   runs of the network.
  /// - Precondition: `classes` names at least one class, and only classes of the network.
  public func explain(
    _ photo: PixelBuffer, classes: Classes = .best(1)
  ) async throws -> [Explanation] {
    try await jobs.run { [self] job in
      try job.check()
      return try explain(photo, classes: classes) { _, _ in try job.check() }
    }
  }

  /// Explains classes of a preprocessed image.
  ///
  /// - Parameters:
  ///   - input: The image as the network takes it, of shape (1, resolution, resolution, channels).
  ///   - classes: The classes to explain.
  ///   - progress: A function that occlusion calls between its runs of the network. An error that
  ///     it throws stops the work.
  /// - Returns: A prediction and a map for each class, in the order of `classes`.
  /// - Throws: ``ExplanationError/notFinite(network:)``, and what `progress` throws.
  /// - Precondition: `input` has this shape; `classes` names at least one class, and only classes
  ///   of the network.
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
      precondition(count >= 1, "\(count) classes; at least 1 must be explained")
      return Array(ranked.prefix(count))
    case .indices(let indices):
      let byIndex = Dictionary(uniqueKeysWithValues: ranked.map { ($0.index, $0) })
      return indices.map { index in
        guard let prediction = byIndex[index] else {
          preconditionFailure("class \(index) does not exist; there are \(logits.count) classes")
        }
        return prediction
      }
    }
  }
}

/// The evidence for one class in a photo.
public struct Explanation: Hashable, Sendable {
  /// The class, with its probability and logit.
  public let prediction: Prediction
  /// The map over ``region``.
  public let map: ActivationMap
  /// The part of the photo that the network sees, in pixels.
  public let region: PhotoRegion

  /// Creates an explanation.
  ///
  /// - Parameters:
  ///   - prediction: The class, with its probability and logit.
  ///   - map: The map over `region`.
  ///   - region: The part of the photo that the network sees, in pixels.
  public init(prediction: Prediction, map: ActivationMap, region: PhotoRegion) {
    (self.prediction, self.map, self.region) = (prediction, map, region)
  }
}

/// An error of an explanation.
public enum ExplanationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The logits or the map contain NaN or infinity.
  case notFinite(network: String)

  /// The message, in one line.
  public var description: String {
    switch self {
    case .notFinite(let network):
      "the outputs of \(network) are not finite numbers; are its weights damaged?"
    }
  }
}

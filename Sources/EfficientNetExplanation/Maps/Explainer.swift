public import EfficientNet
public import EfficientNetCompute
public import EfficientNetImages

/// Computes maps of the regions of a photo behind a prediction.
///
///     let explainer = try Explainer(model, pool: ThreadPool())
///     for explanation in try explainer.explain(photo, classes: .best(2)) {
///       print(explanation.prediction.label, explanation.map.peak)
///     }
///
/// Any number of threads and tasks can share an explainer. It explains one photo at a time. Other
/// callers wait; tasks wait in order and without blocking a thread.
///
/// An explainer keeps its memory between photos: the packed weights, and the feature maps that its
/// method needs. Create one explainer for each method and share it; for more photos at a time,
/// create several, each with this memory. The peak memory of a process with one, in MB:
///
/// | network | `Classifier` | class activation | occlusion | Grad-CAM |
/// |---|---|---|---|---|
/// | B0, 224 pixels | 67 | 71 | 80 | 145 |
/// | B4, 380 pixels | 192 | 192 | 222 | 557 |
///
/// Occlusion computes up to 8 images at a time. Grad-CAM keeps the feature maps of all layers and
/// the unpacked weights, for the gradients. Measured with `effnet classify` and `effnet explain` on
/// 30 November 2026, two threads, float32; loading the weights is part of the peak.
public final class Explainer: Sendable {
  /// The network, its preprocessing and its classes.
  public let description: ModelDescription
  /// The method that makes the maps.
  public let method: ExplanationMethod
  private let precision: Precision
  private let maker: Locked<MapMaker>
  private let jobs = JobQueue(maximumConcurrency: 1)

  /// The classes to explain.
  public enum Classes: Hashable, Sendable {
    /// The most probable classes, up to this number. More than the network has: all of them; below
    /// 1: none.
    case best(Int)
    /// The classes with these numbers. A number that is not a class of the network throws
    /// ``ExplanationError/noClass(index:count:)``.
    case indices([Int])

    fileprivate var isEmpty: Bool {
      switch self {
      case .best(let count): count < 1
      case .indices(let indices): indices.isEmpty
      }
    }
  }

  /// Prepares a network for explanations.
  ///
  /// - Parameters:
  ///   - model: The network, its weights and its classes.
  ///   - method: The method that makes the maps.
  ///   - pool: The threads to compute on.
  ///   - precision: The number format of activations and weights. Grad-CAM computes gradients, which
  ///     need more range than fp16 and int8 have; class activation reads a feature map that int8 does
  ///     not store. nil for 32-bit floats or, for occlusion of a quantized model, int8.
  /// - Throws: `ArchitectureError` (also if the network has no classifier or its input is not three
  ///   channels), `WeightsError`, `InstructionSetError`; for Grad-CAM also `UnknownStage`, and
  ///   `TrainingError` in fp16 or if memory does not suffice; for occlusion also
  ///   ``ExplanationError/patches(patch:stride:)``.
  public init(
    _ model: Model, method: ExplanationMethod = .classActivation, pool: ThreadPool,
    precision: Precision? = nil
  ) throws {
    try model.description.architecture.validateForPhotos()
    try model.description.architecture.validateClassifier()
    let precision =
      if let precision { precision } else if case .occlusion = method {
        model.description.ownPrecision()
      } else {
        Precision.float32
      }
    (description, self.method, self.precision) = (model.description, method, precision)
    if case .occlusion(let patches) = method { try patches.check() }
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

  /// Makes the maps of the classes that `classes` selects from the logits. It calls `classes` once,
  /// and `check` between short pieces of work.
  typealias MapMaker = (
    _ input: Tensor, _ classes: (_ logits: [Float]) -> [Int], _ check: () throws -> Void,
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
  /// - Throws: ``ExplanationError``, and what `progress` throws.
  public func explain(
    _ photo: PixelBuffer, classes: Classes = .best(1),
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> [Explanation] {
    try explain(photo, classes: classes, check: {}, progress: progress)
  }

  /// Explains classes of a photo without blocking the calling thread. The explanations are in the
  /// order of `classes`.
  ///
  /// - Parameters:
  ///   - photo: The photo, of any size.
  ///   - classes: The classes to explain.
  /// - Throws: ``ExplanationError``; `NoThreadError`; `CancellationError` before the next step of
  ///   the network if the task is cancelled, for occlusion before the next run of the network.
  public func explain(
    _ photo: PixelBuffer, classes: Classes = .best(1)
  ) async throws -> [Explanation] {
    try await explain(classes: classes, decode: { photo }) { $1 }
  }

  /// Explains classes of a JPEG, PNG or WebP picture in memory without blocking the calling thread.
  /// The explanations are in the order of `classes`.
  ///
  ///     let explanations = try await explainer.explain(encoded: upload, classes: .best(3))
  ///
  /// The picture stays encoded until its turn comes, so at most one picture is decoded at a time.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the picture's file.
  ///   - name: The name of the picture in error messages.
  ///   - classes: The classes to explain.
  ///   - decoding: The pixel limit and the orientation.
  /// - Throws: `ImageError`; ``ExplanationError``; `NoThreadError`; `CancellationError` as in
  ///   ``explain(_:classes:)``.
  public func explain(
    encoded bytes: [UInt8], name: String = "the photo", classes: Classes = .best(1),
    decoding: DecodingOptions = .init()
  ) async throws -> [Explanation] {
    try await explain(encoded: bytes, name: name, classes: classes, decoding: decoding) { $1 }
  }

  /// Explains classes of a picture in memory, and calls a function with the decoded picture and its
  /// explanations, such as one that draws them.
  ///
  ///     let png = try await explainer.explain(encoded: upload) { photo, explanations in
  ///       let panels = explanations.map { ExplanationSheet.Panel($0) }
  ///       return try ExplanationSheet().picture(of: photo, title: "", rows: [panels]).png()
  ///     }
  ///
  /// The picture is decoded once. The function runs on the explainer's thread, so it can take long
  /// without blocking a task; the next picture waits for it.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the picture's file.
  ///   - name: The name of the picture in error messages.
  ///   - classes: The classes to explain.
  ///   - decoding: The pixel limit and the orientation.
  ///   - use: The function; the call returns its result.
  /// - Throws: As ``explain(encoded:name:classes:decoding:)``, and what `use` throws.
  public func explain<Value: Sendable>(
    encoded bytes: [UInt8], name: String = "the photo", classes: Classes = .best(1),
    decoding: DecodingOptions = .init(),
    use: @escaping @Sendable (PixelBuffer, [Explanation]) throws -> Value
  ) async throws -> Value {
    try await explain(
      classes: classes,
      decode: { try PixelBuffer(decoding: bytes, name: name, options: decoding) }, use: use)
  }

  /// Decodes a photo, explains it and uses the result, all on the thread of the queue.
  private func explain<Value: Sendable>(
    classes: Classes, decode: @escaping @Sendable () throws -> PixelBuffer,
    use: @escaping @Sendable (PixelBuffer, [Explanation]) throws -> Value
  ) async throws -> Value {
    try await jobs.run { [self] job in
      try job.check()
      let photo = try decode()
      return try use(photo, explain(photo, classes: classes, check: job.check))
    }
  }

  /// Explains classes of a photo, and calls `check` between short pieces of work. An error that it
  /// throws stops the work.
  func explain(
    _ photo: PixelBuffer, classes: Classes, check: () throws -> Void,
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> [Explanation] {
    try check()
    let results = try explain(
      description.preprocessing.tensor(photo), classes, check: check, progress: progress)
    let region = description.preprocessing.region(width: photo.width, height: photo.height)
    return results.map { result in
      Explanation(
        prediction: result.prediction, map: result.map, region: region, rival: result.rival)
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
  /// - Throws: ``ExplanationError``, and what `progress` throws.
  /// - Precondition: `input` has this shape.
  public func explain(
    _ input: Tensor, classes: Classes = .best(1),
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> [(prediction: Prediction, map: ActivationMap)] {
    try explain(input, classes, check: {}, progress: progress).map { ($0.prediction, $0.map) }
  }

  private func explain(
    _ input: Tensor, _ classes: Classes, check: () throws -> Void,
    progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> [(prediction: Prediction, rival: Prediction?, map: ActivationMap)] {
    guard !classes.isEmpty else { return [] }
    try checkExistence(of: classes)
    var chosen: [(prediction: Prediction, rival: Prediction?)] = []
    let maps = try maker.withLock { maker in
      Result {
        try maker(
          input,
          { logits in
            chosen = predictions(logits, classes)
            return chosen.map(\.prediction.index)
          }, check, progress)
      }
    }.get()
    let results = zip(chosen, maps).map { (prediction: $0.prediction, rival: $0.rival, map: $1) }
    guard
      results.allSatisfy({ result in
        result.prediction.logit.isFinite && result.map.values.allSatisfy(\.isFinite)
      })
    else {
      throw ExplanationError.notFinite(network: description.architecture.name, precision: precision)
    }
    return results
  }

  /// Throws if a class does not exist.
  private func checkExistence(of classes: Classes) throws(ExplanationError) {
    guard case .indices(let indices) = classes else { return }
    let count = description.classes.count
    for index in indices where !(0..<count ~= index) { throw .noClass(index: index, count: count) }
  }

  /// Returns the chosen classes, each with its rival.
  private func predictions(
    _ logits: [Float], _ classes: Classes
  ) -> [(prediction: Prediction, rival: Prediction?)] {
    let ranked = Prediction.best(
      logits.count, of: logits, labels: description.classes, output: description.output)
    let chosen: [Prediction]
    switch classes {
    case .best(let count):
      chosen = Array(ranked.prefix(count))
    case .indices(let indices):
      let byIndex = Dictionary(uniqueKeysWithValues: ranked.map { ($0.index, $0) })
      chosen = indices.map { index in
        guard let prediction = byIndex[index] else {
          preconditionFailure("class \(index) was not checked; there are \(logits.count)")
        }
        return prediction
      }
    }
    return chosen.map { prediction in
      switch description.output {
      case .softmax: (prediction, ranked.first { $0.index != prediction.index })
      case .sigmoid: (prediction, nil)
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
  /// The most probable other class, which competes with ``prediction``. Nil if the classes do not
  /// compete, because the outputs are sigmoids, or if there is only one class.
  public let rival: Prediction?

  /// Creates an explanation.
  ///
  /// - Parameters:
  ///   - prediction: The class, with its probability and logit.
  ///   - map: The map over `region`.
  ///   - region: The part of the photo that the network sees, in pixels.
  ///   - rival: The most probable other class, if the classes compete.
  public init(
    prediction: Prediction, map: ActivationMap, region: PhotoRegion, rival: Prediction? = nil
  ) {
    (self.prediction, self.map, self.region, self.rival) = (prediction, map, region, rival)
  }
}

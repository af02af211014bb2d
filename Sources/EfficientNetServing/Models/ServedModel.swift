internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetExplanation
internal import EfficientNetFeatures
internal import EfficientNetImages
internal import EfficientNetSystem

/// A network that answers photos.
final class ServedModel: Sendable {
  /// The version of every model: a reloaded model takes the place of the old one.
  static let version = "1"

  let name: String
  let label: ModelLabel
  let description: ModelDescription
  /// The number format in which the network computes.
  let precision: Precision
  var instructionSet: InstructionSet { queue.engine.instructionSet }
  /// The fingerprint of its features: see ``FeatureExtractor/fingerprint(of:stage:)``.
  let fingerprint: String
  private let load: ModelRepository.Loader
  private let explainers = Locked<[ExplanationMethod: Explainer]>([:])
  private let queue: InferenceQueue
  private let pool: ThreadPool
  /// The time of a photo in seconds: its network, and a million pixels of decoding and resizing.
  private let times: Locked<(network: Double, decoding: Double)>

  /// What the network computes of a photo.
  struct Outputs: Sendable {
    let logits: [Float]
    let features: [Float]
    /// The times of decoding with preprocessing, and of the network.
    var decoding = Duration.zero, network = Duration.zero
  }

  /// Packs the weights and computes an image, so that the first photo is not slower than others.
  ///
  /// - Throws: `ArchitectureError`, `WeightsError`, `InstructionSetError`, `NetworkOverflow`.
  init(
    name: String, _ load: @escaping ModelRepository.Loader, precision: Precision?,
    pool: ThreadPool, lanes: Int
  ) throws {
    let model = try load()
    let architecture = model.description.architecture
    try architecture.validateForPhotos()
    try architecture.validateClassifier()
    (self.name, description, self.pool, self.load) = (name, model.description, pool, load)
    label = ModelLabel(name: name)
    fingerprint = FeatureExtractor.fingerprint(of: model)
    let engine = try Engine(
      model, precision: precision, outputs: ["global_pool", "classifier"], pool: pool)
    self.precision = engine.precision
    queue = InferenceQueue(engine, pool: pool, maximumConcurrency: lanes)
    // 7 ns for a pixel of a JPEG; each photo corrects it.
    times = Locked((0.01, 0.007))
    let image = Tensor(shape: architecture.inputShape, repeating: 0)
    dimensions = queue.outputs(of: image) { nil }[0].value.elements.count
    let begin = ContinuousClock.now
    _ = try outputs(of: image) { nil }
    times.withLock { $0.network = (ContinuousClock.now - begin).seconds }
  }

  /// The number of pooled features.
  let dimensions: Int
  /// The size of a photo's image after preprocessing.
  var resolution: Int { description.architecture.resolution }

  /// The estimated time of a lane for a photo, in seconds.
  func cost(pixels: Int) -> Double {
    times.withLock { $0.network + 1e-6 * Double(pixels) * $0.decoding }
  }

  /// Makes an image of the input and computes the network.
  ///
  /// - Throws: `ImageError`, `NetworkOverflow`, `CancellationError`; ``RequestError`` for numbers that
  ///   are not finite.
  func outputs(
    of input: ImageInput, decoding: DecodingOptions, turn: PhotoQueue.Turn
  ) throws -> Outputs {
    try turn.check()
    let begin = ContinuousClock.now
    let image = try input.image(for: description.preprocessing, decoding: decoding)
    let decoded = ContinuousClock.now
    var outputs = try outputs(of: image) { () throws(CancellationError) in
      try turn.check()
      return turn.isAlone ? pool : nil
    }
    outputs.decoding = decoded - begin
    outputs.network = ContinuousClock.now - decoded
    // A photo that other lanes helped says nothing of the time of a lane.
    guard !turn.isAlone else { return outputs }
    let perMegapixel = outputs.decoding.seconds / max(0.01, 1e-6 * Double(input.pixels))
    times.withLock {
      $0.network += 0.05 * (outputs.network.seconds - $0.network)
      $0.decoding += 0.05 * (perMegapixel - $0.decoding)
    }
    return outputs
  }

  private func outputs<Failure: Error>(
    of image: Tensor, over pool: () throws(Failure) -> ThreadPool?
  ) throws -> Outputs {
    let values = try queue.outputs(of: image, over: pool)
    let outputs = Outputs(logits: values[1].value.elements, features: values[0].value.elements)
    guard (outputs.logits + outputs.features).allSatisfy(\.isFinite) else {
      throw NetworkOverflow(precision)
    }
    return outputs
  }

  /// Returns the explainer of the model. The first call reads the weights once more, since they are
  /// packed for inference alone.
  ///
  /// - Throws: ``RequestError`` with status 503 if the file has other weights by now; the errors of
  ///   the file.
  func explainer(_ method: ExplanationMethod) async throws -> Explainer {
    if let explainer = explainers.withLock({ $0[method] }) { return explainer }
    let made = try await JobQueue.detached { [self] _ in
      let model = try load()
      guard FeatureExtractor.fingerprint(of: model) == fingerprint else {
        throw RequestError(
          status: 503,
          message: "the weights of '\(name)' have changed; load the model again (SIGHUP)")
      }
      return try Explainer(model, method: method, pool: ThreadPool(threads: 1))
    }
    return explainers.withLock { explainers in
      explainers[method] = explainers[method] ?? made
      return explainers[method] ?? made
    }
  }

  /// Returns the number of a class.
  ///
  /// - Parameter text: The identifier in WordNet, the name or the number.
  /// - Throws: ``RequestError`` with status 400 if there is none.
  func classIndex(_ text: String) throws(RequestError) -> Int {
    let classes = description.classes
    if let index = classes.firstIndex(where: { $0.wnid == text || $0.name == text }) {
      return index
    }
    guard let index = Int(text), classes.indices.contains(index) else {
      throw RequestError(
        status: 400,
        message:
          "class is '\(text.prefix(100))'; the model '\(name)' has no such class: give a name, "
          + "a WordNet identifier, or a number from 0 to \(classes.count - 1)")
    }
    return index
  }

  /// Returns the most probable classes, best first, as ``Classifier`` does.
  func predictions(_ outputs: Outputs, top: Int) -> [Prediction] {
    Prediction.best(
      top, of: outputs.logits, labels: description.classes, output: description.output)
  }

  /// Returns the probability of each class.
  func probabilities(_ outputs: Outputs) -> [Float] {
    Prediction.probabilities(of: outputs.logits, output: description.output).map(Float.init)
  }
}

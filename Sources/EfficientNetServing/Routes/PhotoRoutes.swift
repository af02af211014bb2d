internal import EfficientNet
internal import EfficientNetFeatures
internal import EfficientNetImages

extension InferenceServer {
  /// The times of an answer in milliseconds.
  struct TimingsAnswer: Encodable {
    let queueMs, decodeMs, computeMs: Double

    init(_ times: PhotoTimes) {
      func milliseconds(_ duration: Duration) -> Double {
        (1e6 * duration.seconds).rounded() / 1000
      }
      queueMs = milliseconds(times.queue)
      decodeMs = milliseconds(times.decode)
      computeMs = milliseconds(times.compute)
    }

    private enum CodingKeys: String, CodingKey {
      case queueMs = "queue_ms", decodeMs = "decode_ms", computeMs = "compute_ms"
    }
  }

  /// The answer for a photo: what was computed of it, or why nothing was.
  struct PhotoAnswer<Value: Encodable & Sendable>: Encodable {
    var name: String?
    var id: String?
    let model: String
    let result: Result<Computed<Value>, any Error>

    private enum CodingKeys: String, CodingKey { case name, id, model, version, timings, error }

    func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: CodingKeys.self)
      try fields.encodeIfPresent(name, forKey: .name)
      try fields.encodeIfPresent(id, forKey: .id)
      switch result {
      case .success(let computed):
        try fields.encode(model, forKey: .model)
        try fields.encode(ServedModel.version, forKey: .version)
        try fields.encode(TimingsAnswer(computed.times), forKey: .timings)
        try computed.value.encode(to: encoder)
      case .failure(let error):
        try fields.encode(RequestError(describing: error).message, forKey: .error)
      }
    }
  }

  /// The answers for several photos.
  private struct List<Element: Encodable>: Encodable { let results: [Element] }

  /// Answers with an object for a photo, or with a list if the client sent several.
  func answer<Value: Encodable & Sendable>(
    _ results: [Result<Computed<Value>, any Error>], _ upload: PhotoUpload, _ model: ServedModel,
    _ head: RequestHead
  ) throws -> ServerAnswer {
    if !upload.isList { _ = try results[0].get() }
    let answers = zip(upload.photos, results).map { photo, result in
      PhotoAnswer(
        name: upload.isList ? photo.name : nil, id: upload.isList ? nil : head.identifier.id,
        model: model.name, result: result)
    }
    var answer =
      try upload.isList
      ? ServerAnswer(json: List(results: answers)) : ServerAnswer(json: answers[0])
    answer.note(results.compactMap { try? $0.get().times }, of: model)
    return answer
  }

  /// Names the classes of photos.
  func classify(_ head: RequestHead, _ body: [UInt8]) async throws -> ServerAnswer {
    struct Value: Encodable, Sendable { let predictions: [Prediction] }
    let (upload, fields) = try upload(head, body, fields: ["model", "top"])
    let model = try models.model(fields["model"])
    let top = try number("top", in: fields, 1...100_000, default: 5)
    let results = try await compute(upload.inputs, model) {
      Value(predictions: model.predictions($0, top: top))
    }
    if head["accept"] == "text/plain" {
      let lines = try results.flatMap { try $0.get().value.predictions }.map {
        "\((1000 * $0.probability).rounded() / 10) %  \($0.label)\n"
      }
      return ServerAnswer(Array(lines.joined().utf8), type: "text/plain; charset=utf-8")
    }
    return try answer(results, upload, model, head)
  }

  /// Returns the pooled features of photos.
  func embed(_ head: RequestHead, _ body: [UInt8]) async throws -> ServerAnswer {
    struct Value: Encodable, Sendable {
      let dimensions: Int
      let features: [Float]
      init(_ features: [Float]) { (dimensions, self.features) = (features.count, features) }
    }
    let (upload, fields) = try upload(head, body, fields: ["model", "normalize"])
    let model = try models.model(fields["model"])
    let normalizes = fields["normalize"] == "true"
    guard normalizes || [nil, "false"].contains(fields["normalize"]) else {
      throw RequestError(
        status: 400,
        message:
          "normalize is '\(fields["normalize", default: ""].prefix(100))'; it must be true or "
          + "false")
    }
    let results = try await compute(upload.inputs, model) {
      Value(normalizes ? $0.features.normalized : $0.features)
    }
    return try answer(results, upload, model, head)
  }
}

extension ServerAnswer {
  /// Notes the photos of an answer for the log.
  mutating func note(_ times: [PhotoTimes], of model: ServedModel) {
    (self.model, photos) = (model.name, times.count)
    self.times = times.reduce(PhotoTimes(queue: .zero, decode: .zero, compute: .zero)) {
      PhotoTimes(
        queue: $0.queue + $1.queue, decode: $0.decode + $1.decode, compute: $0.compute + $1.compute)
    }
  }
}

extension PhotoUpload {
  /// The photos as inputs of a network.
  var inputs: [ImageInput] { photos.map { .photo($0.bytes, name: $0.name) } }
}

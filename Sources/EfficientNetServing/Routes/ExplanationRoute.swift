internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetExplanation
internal import EfficientNetImages

extension InferenceServer {
  /// Returns the method of explanation of a name; nil for another name.
  private static func method(_ name: String, for model: ServedModel) -> ExplanationMethod? {
    switch name {
    case "cam": .classActivation
    case "grad-cam":
      Explainer.stages(of: model.description.architecture).last.map { .gradCAM(stage: $0) }
    case "occlusion": .occlusion(.init(resolution: model.resolution))
    default: nil
    }
  }

  /// Shows the parts of a photo that speak for a class: the map as numbers, or a PNG of the photo with
  /// the map over it.
  ///
  /// It counts as bulk work, of which one is computed at a time.
  func explain(_ head: RequestHead, _ body: [UInt8]) async throws -> ServerAnswer {
    let (upload, fields) = try upload(head, body, fields: ["model", "class", "method"])
    guard upload.photos.count == 1 else {
      throw RequestError(
        status: 400,
        message: "the request has \(upload.photos.count) photos; /v1/explain takes one")
    }
    let model = try models.model(fields["model"])
    let methodName = fields["method"] ?? "cam"
    guard let method = Self.method(methodName, for: model) else {
      throw RequestError(
        status: 400,
        message: "method is '\(methodName.prefix(100))'; it must be cam, grad-cam or occlusion")
    }
    let index = try fields["class"].map { text throws(RequestError) in try model.classIndex(text) }
    let explainer = try await model.explainer(method)
    let photo = upload.photos[0]
    let pixels = ImageInput.photo(photo.bytes, name: photo.name).pixels
    var demand = PhotoQueue.Demand(request: nextRequest(), cost: 2 * model.cost(pixels: pixels))
    (demand.isBulk, demand.isLarge, demand.deadline) = (true, true, .now + limits.time)
    try queue.admit()
    let isPicture = Self.prefersPicture(head["accept"] ?? "")
    let decoding = DecodingOptions(maximumPixels: limits.pixels)
    return try await queue.run(demand) { [self] turn in
      try measured {
        try turn.check()
        let pixels = try PixelBuffer(
          decoding: photo.bytes.span.bytes, name: photo.name, options: decoding)
        let explanation = try explainer.explain(
          pixels, classes: index.map { .indices([$0]) } ?? .best(1)
        ) { _, _ in try turn.check() }[0]
        guard isPicture else {
          return try ServerAnswer(
            json: MapAnswer(
              model: model.name, id: head.identifier.id, method: methodName, explanation,
              width: pixels.width, height: pixels.height))
        }
        return ServerAnswer(try explanation.overlay(on: pixels).png(), type: "image/png")
      }
    }
  }

  /// Whether a client prefers a picture to JSON: it names one first.
  private static func prefersPicture(_ accept: String) -> Bool {
    accept.split(separator: ",").lazy
      .map { type in type.prefix { $0 != ";" }.filter { $0 != " " }.lowercased() }
      .first { ["image/png", "image/*", "application/json"].contains($0) }?.hasPrefix("image/")
      == true
  }

  /// A heat map as numbers.
  private struct MapAnswer: Encodable {
    let model: String
    let version = ServedModel.version
    let id, method: String
    let prediction: Prediction
    /// The size of the upright photo.
    let width, height: Int
    /// The part of the photo that the network sees, in its pixels.
    let region: PhotoRegion
    /// The rows of the map over the region, the top one first; values above 0 speak for the class.
    let map: [[Float]]

    init(
      model: String, id: String, method: String, _ explanation: Explanation, width: Int, height: Int
    ) {
      (self.model, self.id, self.method) = (model, id, method)
      (prediction, self.width, self.height) = (explanation.prediction, width, height)
      region = explanation.region
      let (values, columns) = (explanation.map.values, explanation.map.width)
      map = stride(from: 0, to: values.count, by: columns).map {
        Array(values[$0..<($0 + columns)])
      }
    }

    private enum CodingKeys: String, CodingKey {
      case model, version, id, method, width, height, region, map
      case prediction = "class"
    }
  }
}

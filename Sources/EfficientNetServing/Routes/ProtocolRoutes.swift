internal import EfficientNet

/// What the Open Inference Protocol asks of a server beside inference.
extension InferenceServer {
  func health(isReadiness: Bool) throws -> ServerAnswer {
    guard isReadiness else { return try ServerAnswer(protocolJSON: Health(live: true)) }
    let isReady = models.isReady && !isDraining
    var answer = try ServerAnswer(
      protocolJSON: Health(
        live: true, ready: isReady,
        error: isReady
          ? nil : isDraining ? "the server is about to end" : "not all models are loaded"))
    if !isReady {
      answer.status = 503
      answer.fields.append(("Retry-After", "1"))
    }
    return answer
  }

  func serverMetadata() throws -> ServerAnswer {
    try ServerAnswer(
      protocolJSON: ServerMetadata(
        name: "effnet", version: Self.version,
        extensions: [
          "binary_tensor_data", "classification", "model_configuration", "parameters",
          "schedule_policy", "statistics",
        ]))
  }

  func modelNames() throws -> ServerAnswer {
    try ServerAnswer(protocolJSON: ModelNames(models: models.names))
  }

  func modelReadiness(_ name: String) throws -> ServerAnswer {
    let isReady = try models.entry(name).model != nil
    var answer = try ServerAnswer(protocolJSON: ModelReadiness(name: name, ready: isReady))
    if !isReady {
      answer.status = 503
      answer.fields.append(("Retry-After", "1"))
    }
    return answer
  }

  func modelMetadata(_ name: String) throws -> ServerAnswer {
    let model = try models.model(name)
    let description = model.description
    let preprocessing = description.preprocessing
    var properties = [
      "precision": model.precision.rawValue, "classes": "\(description.classes.count)",
      "resolution": "\(model.resolution)", "mean": "\(preprocessing.mean)",
      "std": "\(preprocessing.std)", "fingerprint": model.fingerprint,
    ]
    if let index, index.isComparable(with: model) { properties["index"] = "\(index.count)" }
    return try ServerAnswer(
      protocolJSON: ModelMetadata(
        name: name, versions: [ServedModel.version], platform: Self.platform,
        inputs: [model.input], outputs: [model.output],
        properties: properties))
  }

  func configuration(_ name: String) throws -> ServerAnswer {
    let model = try models.model(name)
    return try ServerAnswer(
      protocolJSON: ModelConfiguration(
        name: name, platform: Self.platform, backend: "effnet", maxBatchSize: limits.photos,
        input: [
          .init(
            name: model.input.name, dataType: model.input.datatype.configurationName,
            format: "FORMAT_NHWC", dims: Array(model.input.shape.dropFirst()))
        ],
        output: [
          .init(
            name: model.output.name, dataType: model.output.datatype.configurationName,
            dims: Array(model.output.shape.dropFirst()), labelFilename: "labels.txt")
        ],
        instanceGroup: [.init(name: name, count: queue.lanes)]))
  }

  func index(_ body: [UInt8]) throws -> ServerAnswer {
    let isReadyOnly = try RepositoryIndexRequest(body: body).isReadyOnly
    let entries = try models.names.map { name in
      let entry = try models.entry(name)
      return RepositoryEntry(
        name: name, version: ServedModel.version,
        state: entry.model != nil ? .ready : entry.isLoading ? .loading : .unavailable,
        reason: entry.problem ?? "")
    }
    return try ServerAnswer(
      protocolJSON: entries.filter { !isReadyOnly || $0.state == .ready })
  }

  /// Loads a model again.
  func load(_ name: String, _ body: [UInt8]) async throws -> ServerAnswer {
    struct Answer: Encodable { let name, version, state: String }
    try RepositoryLoadRequest.check(body)
    do { try await loadModel(name) } catch let error as RequestError {
      throw error
    } catch {
      throw RequestError(status: 500, message: "the model '\(name)' was not loaded: \(error)")
    }
    return try ServerAnswer(
      protocolJSON: Answer(name: name, version: ServedModel.version, state: "READY"))
  }

  /// The version of the package.
  static let version = "0.1.0"
  private static let platform = "effnet_safetensors"
}

extension ServedModel {
  /// The input: normalized images, or photos in its place.
  var input: TensorMetadata {
    TensorMetadata(name: "image", datatype: .fp32, shape: [-1, resolution, resolution, 3])
  }

  /// The output that is there without asking for it.
  var output: TensorMetadata {
    TensorMetadata(
      name: OutputName.probabilities.rawValue, datatype: .fp32,
      shape: [-1, description.classes.count])
  }

  /// The outputs that may be asked for by name.
  enum OutputName: String, CaseIterable { case probabilities, logits, features }
}

extension ServerAnswer {
  /// An answer of the protocol, whose fields are in snake case.
  init(protocolJSON value: some Encodable) throws {
    self.init(Array(try encodedJSON(value, isSnakeCase: true).utf8), type: "application/json")
  }
}

internal import EfficientNet

/// Inference by the Open Inference Protocol.
extension InferenceServer {
  func infer(_ name: String, _ head: RequestHead, _ body: [UInt8]) async throws -> ServerAnswer {
    let model = try models.model(name)
    var limits = InferenceLimits()
    limits.elements = self.limits.photos
    let request = try InferenceRequest(
      body: body, headerLength: head["inference-header-content-length"],
      onlyInput: model.onlyInput(body), limits: limits)
    let inputs = try model.inputs(of: request, limit: self.limits.photos)
    let wanted = try model.wanted(request)
    let timeout = try request.parameters.timeout
    // 0 is the default, 1 the highest priority.
    let isBulk = try (request.parameters.wholeNumber("priority", atLeast: 0) ?? 0) > 1
    let results = try await compute(inputs, model, timeout: timeout, isBulk: isBulk) { outputs in
      wanted.map { model.values($0.output, outputs) }
    }
    let rows = try results.map { try $0.get().value }
    let outputs = wanted.enumerated().map { index, wanted in
      let values = rows.flatMap { $0[index] }
      let output = InferenceOutput(
        name: wanted.request.name, shape: [rows.count, values.count / rows.count],
        values: .floats(values), isBinary: wanted.request.isBinary)
      guard let count = wanted.request.classification else { return output }
      return output.classified(count, labels: model.description.classes.map(\.name))
    }
    let (bytes, headerLength) = InferenceResponse(
      modelName: name, modelVersion: ServedModel.version, id: request.id, outputs: outputs
    ).encoded()
    var answer = ServerAnswer(
      bytes, type: headerLength == nil ? "application/json" : "application/octet-stream")
    answer.note(results.compactMap { try? $0.get().times }, of: model)
    if let headerLength {
      answer.fields.append(("Inference-Header-Content-Length", "\(headerLength)"))
    }
    return answer
  }
}

extension ServedModel {
  /// The input that a body without JSON is: a picture's file, or else normalized images.
  fileprivate func onlyInput(_ body: [UInt8]) -> TensorMetadata {
    ImageInput.isPicture(body[...])
      ? TensorMetadata(name: input.name, datatype: .bytes, shape: [-1]) : input
  }

  /// Returns the images of a request.
  ///
  /// - Throws: ``RequestError`` with status 400 for another input, type or shape, 413 for too many
  ///   images.
  fileprivate func inputs(
    of request: InferenceRequest, limit: Int
  ) throws(RequestError) -> [ImageInput] {
    guard request.inputs.count == 1, request.inputs[0].name == input.name else {
      throw RequestError(
        status: 400,
        message: "the model '\(name)' takes one input, '\(input.name)'; the request has "
          + (request.inputs.isEmpty
            ? "none" : request.inputs.map { "'\($0.name.prefix(100))'" }.joined(separator: ", ")))
    }
    let tensor = request.inputs[0]
    let images = try images(of: tensor)
    guard !images.isEmpty else {
      throw RequestError(status: 400, message: "the input '\(input.name)' has no image; send one")
    }
    guard images.count <= limit else {
      throw RequestError(
        status: 413,
        message: "the input '\(input.name)' has \(images.count) images; the limit is \(limit) "
          + "(--max-photos)")
    }
    return images
  }

  private func images(of tensor: InferenceTensor) throws(RequestError) -> [ImageInput] {
    let shape = tensor.shape
    switch (tensor.datatype, tensor.contents) {
    case (.bytes, .elements(let elements)):
      guard shape.count == 1 || shape.count == 2 && shape[1] == 1 else { break }
      return elements.enumerated().map { index, bytes in
        .photo(bytes, name: elements.count == 1 ? "the photo" : "photo \(index)")
      }
    case (.uint8, .numbers(let bytes)):
      guard shape.count == 4, shape[3] == 3, shape[1] > 0, shape[2] > 0 else { break }
      let size = 3 * shape[1] * shape[2]
      return (0..<shape[0]).map { index in
        .pixels(bytes.part(index, of: size), width: shape[2], height: shape[1])
      }
    case (.fp32, .numbers(let bytes)):
      guard shape.count == 4, Array(shape[1...]) == [resolution, resolution, 3] else { break }
      let size = 4 * 3 * resolution * resolution
      return (0..<shape[0]).map { .tensor(bytes.part($0, of: size)) }
    default: break
    }
    throw RequestError(
      status: 400,
      message: "the input '\(input.name)' is \(tensor.datatype.rawValue) of shape "
        + "\(InferenceTensor.text(shape)); send FP32 of shape [n,\(resolution),\(resolution),3] "
        + "(normalized), UINT8 of shape [n,height,width,3] (pixels), or BYTES of shape [n] (files of "
        + "photos)")
  }

  /// An output that a client wants, and what it is.
  struct Wanted: Sendable {
    let request: InferenceRequest.RequestedOutput
    let output: OutputName
  }

  /// Returns the outputs that a client wants.
  ///
  /// - Throws: ``RequestError`` with status 400 for an unknown one.
  fileprivate func wanted(_ request: InferenceRequest) throws(RequestError) -> [Wanted] {
    try request.outputs(advertised: [output.name]).map { requested throws(RequestError) in
      guard let output = OutputName(rawValue: requested.name) else {
        throw RequestError(
          status: 400,
          message: "the model '\(name)' has no output '\(requested.name.prefix(100))'; the outputs "
            + "are \(OutputName.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return Wanted(request: requested, output: output)
    }
  }

  fileprivate func values(_ output: OutputName, _ outputs: Outputs) -> [Float] {
    switch output {
    case .probabilities: probabilities(outputs)
    case .logits: outputs.logits
    case .features: outputs.features
    }
  }
}

extension ArraySlice {
  /// Returns one of several parts of equal size.
  fileprivate func part(_ index: Int, of size: Int) -> ArraySlice {
    self[(startIndex + index * size)..<(startIndex + (index + 1) * size)]
  }
}

extension Parameters {
  /// The time for the answer, which the parameter "timeout" gives in microseconds; nil without it.
  ///
  /// Source: [schedule policy
  /// extension](https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_schedule_policy.md).
  fileprivate var timeout: Duration? {
    get throws(RequestError) {
      try wholeNumber("timeout", atLeast: 0).flatMap { $0 == 0 ? nil : .microseconds($0) }
    }
  }
}

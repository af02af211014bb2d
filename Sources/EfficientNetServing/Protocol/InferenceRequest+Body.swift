extension InferenceRequest {
  /// Reads the body of a request.
  ///
  /// - Parameters:
  ///   - body: The body, uncompressed. Binary tensors are parts of it, without a copy.
  ///   - headerLength: The value of the header Inference-Header-Content-Length: the bytes of the
  ///     JSON, which binary tensors follow; "0" if the body has no JSON and is the only input; nil
  ///     if the request does not have the header, so that all of the body is JSON.
  ///   - onlyInput: The input that a body without JSON is.
  /// - Throws: `RequestError` with status 400.
  package init(
    body: [UInt8], headerLength: String?, onlyInput: TensorMetadata,
    limits: InferenceLimits = InferenceLimits()
  ) throws(RequestError) {
    guard !body.isEmpty else {
      throw .invalid("the body is empty; send a request for inference in JSON")
    }
    let length = try Self.length(headerLength, of: body)
    guard length != 0 else {
      try self.init(raw: body, input: onlyInput)
      return
    }
    try self.init(body: body, jsonCount: length ?? body.count, limits: limits)
  }

  private init(body: [UInt8], jsonCount: Int, limits: InferenceLimits) throws(RequestError) {
    var reader = JSONReader(body, in: 0..<jsonCount, limits: limits.json)
    var inputs: [InputHeader] = []
    var outputs: [OutputHeader] = []
    var id: String?
    var parameters: Parameters = [:]
    try reader.object { (reader, key) throws(RequestError) in
      switch key {
      case "id": id = reader.null() ? nil : try reader.string()
      case "parameters": parameters = try reader.parameters()
      case "inputs":
        inputs = try reader.tensors(key, limits) { (reader, index) throws(RequestError) in
          try InputHeader(&reader, index: index)
        }
      case "outputs":
        if reader.null() { return }
        outputs = try reader.tensors(key, limits) { (reader, index) throws(RequestError) in
          try OutputHeader(&reader, index: index)
        }
      default: try reader.skip()
      }
    }
    try reader.finish()

    self.init(id: id, parameters: parameters)
    let isBinary = try parameters.bool(Self.binaryOutputs) ?? false
    if !outputs.isEmpty {
      self.outputs = outputs.map {
        RequestedOutput(
          name: $0.name, isBinary: $0.isBinary ?? isBinary, classification: $0.classification)
      }
    }
    try Self.refuseRepeated(outputs.map(\.name), "output")
    try Self.refuseRepeated(inputs.map(\.name), "input")
    guard !inputs.isEmpty else { throw .invalid("the request has no inputs; send at least one") }
    var binary = body[jsonCount...]
    for input in inputs {
      self.inputs.append(
        try RequestError.naming("input \(RequestError.quoted(input.name))") {
          () throws(RequestError) in
          try input.tensor(binary: &binary, limits: limits)
        })
    }
    guard binary.isEmpty else {
      throw .invalid(
        "\(binary.count) bytes follow the last input; the binary_data_size of all inputs must add up"
          + " to the \(body.count - jsonCount) bytes after the JSON")
    }
  }

  /// Returns the bytes of the JSON; nil if the request does not have the header.
  private static func length(_ header: String?, of body: [UInt8]) throws(RequestError) -> Int? {
    guard let header else { return nil }
    guard header.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
      let length = Int(header), length <= body.count
    else {
      throw .invalid(
        "Inference-Header-Content-Length is \(RequestError.quoted(header)); it must be the bytes of"
          + " the JSON, a whole number from 0 to the \(body.count) bytes of the body")
    }
    return length
  }

  private static func refuseRepeated(_ names: [String], _ kind: String) throws(RequestError) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      throw .invalid("\(kind) \(RequestError.quoted(name)) is given twice; remove one of them")
    }
  }
}

extension JSONReader {
  /// Reads a list of inputs or outputs.
  fileprivate mutating func tensors<Header>(
    _ name: String, _ limits: InferenceLimits,
    _ header: (inout JSONReader, Int) throws(RequestError) -> Header
  ) throws(RequestError) -> [Header] {
    var headers: [Header] = []
    try array { (reader) throws(RequestError) in
      guard headers.count < limits.tensors else {
        throw .invalid("the limit of this server is \(limits.tensors) \(name); send fewer")
      }
      headers.append(try header(&reader, headers.count))
    }
    return headers
  }
}

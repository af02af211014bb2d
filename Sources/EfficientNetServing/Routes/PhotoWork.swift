internal import EfficientNet
internal import EfficientNetImages

extension InferenceServer {
  /// A photo's result with its times.
  struct Computed<Value: Sendable>: Sendable {
    let value: Value
    let times: PhotoTimes
  }

  /// Calls `body` on a lane, which is busy during the call.
  func measured<Value>(_ body: () throws -> Value) rethrows -> Value {
    let begin = ContinuousClock.now
    metrics.beginWork()
    defer { metrics.endWork(after: ContinuousClock.now - begin) }
    return try body()
  }

  /// Computes the images of a request, each in its turn, and returns the results in their order.
  /// An image that fails is a result, too.
  ///
  /// - Parameters:
  ///   - timeout: The time for the answer; nil for that of the server.
  ///   - isBulk: Whether interactive photos come first.
  ///   - use: Makes the result of what the network computed, on the lane.
  func compute<Value: Sendable>(
    _ inputs: [ImageInput], _ model: ServedModel, timeout: Duration? = nil, isBulk: Bool = false,
    _ use: @escaping @Sendable (ServedModel.Outputs) throws -> Value
  ) async throws -> [Result<Computed<Value>, any Error>] {
    // Once for the request: its own photos do not count against it.
    try queue.admit()
    let request = nextRequest()
    let deadline = ContinuousClock.now + min(timeout ?? limits.time, limits.time)
    let decoding = DecodingOptions(maximumPixels: limits.pixels)
    let results = try await withThrowingTaskGroup { group in
      for (index, input) in inputs.enumerated() {
        group.addTask { [self] in
          let pixels = input.pixels
          var demand = PhotoQueue.Demand(request: request, cost: model.cost(pixels: pixels))
          demand.isLarge = pixels > Self.largePhoto
          demand.isBulk = isBulk
          demand.deadline = deadline
          metrics.beginWait(of: model.label)
          let result = await Result { [demand] () async throws in
            try await queue.run(demand) { [self] turn in
              try measured {
                let outputs = try model.outputs(of: input, decoding: decoding, turn: turn)
                let times = PhotoTimes(
                  queue: turn.waited, decode: outputs.decoding, compute: outputs.network)
                metrics.count(times, of: model.label)
                return Computed(value: try use(outputs), times: times)
              }
            }
          }
          metrics.endWait(of: model.label)
          return (index, result)
        }
      }
      var results: [Result<Computed<Value>, any Error>?] = inputs.map { _ in nil }
      for try await (index, result) in group { results[index] = result }
      return results.compactMap(\.self)
    }
    try Task.checkCancellation()
    return results
  }

  /// The pixels of a photo above which no other such photo is computed at the same time, so that small
  /// ones have a lane.
  static var largePhoto: Int { 4_000_000 }

  /// Returns the photos of a request's body and its fields, those of the query and of the body.
  ///
  /// - Throws: ``RequestError``.
  func upload(
    _ head: RequestHead, _ body: [UInt8], fields: [String]
  ) throws(RequestError) -> (upload: PhotoUpload, fields: [String: String]) {
    let upload = try PhotoUpload(
      body: body, contentType: head["content-type"], fields: fields,
      limits: .init(photos: limits.photos))
    var values = try head.query(fields)
    for (name, value) in upload.fields {
      guard values.updateValue(value, forKey: name) == nil else {
        throw RequestError(
          status: 400, message: "'\(name)' is in the query and in the body; send it once")
      }
    }
    return (upload, values)
  }

  /// Returns a whole number of a request's fields.
  ///
  /// - Throws: ``RequestError`` with status 400 for another value.
  func number(
    _ name: String, in fields: [String: String], _ range: ClosedRange<Int>, default value: Int
  ) throws(RequestError) -> Int {
    guard let text = fields[name] else { return value }
    guard let number = Int(text), range.contains(number) else {
      throw RequestError(
        status: 400,
        message: "\(name) is '\(text.prefix(100))'; it must be a whole number from "
          + "\(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}

internal import EfficientNet
internal import EfficientNetImages
internal import EfficientNetSystem

/// A server of models without a network: takes requests and gives answers.
///
///     let server = InferenceServer(models, lanes: 2)
///     let answer = await server.answer(head, body: body)
///
/// It knows the routes, decides by the head whether a request is taken, and computes on its lanes.
package final class InferenceServer: Sendable {
  /// The limits of requests.
  package struct Limits: Hashable, Sendable {
    /// The bytes of a body, also when it is not compressed any more.
    package var body = 64 << 20
    /// The pixels of a photo.
    package var pixels = 50_000_000
    /// The photos of a request.
    package var photos = 64
    /// The bytes of all bodies that are received or wait.
    package var bodiesInFlight = 256 << 20
    /// The time for an answer.
    package var time = Duration.seconds(60)

    package init() {}
  }

  let models: ModelRepository
  /// The photos that `/v1/similar` finds; nil without an index.
  let index: PhotoIndex?
  let queue: PhotoQueue
  let limits: Limits
  let metrics: ServerMetrics
  private let access: AccessControl
  private let log: Log?
  private let state = Locked(State())

  private struct State {
    var isDraining = false
    var bodyBytes = 0
    var request = 0
  }

  /// The log of requests.
  package struct Log: Sendable {
    package let writer: LogWriter
    let format: LogFormat

    package init(_ writer: LogWriter, _ format: LogFormat) {
      (self.writer, self.format) = (writer, format)
    }

    /// Writes a message of the server.
    package func write(_ event: LogEvent) { writer.write(event.line(format)) }
  }

  /// Creates a server of models, which need not be loaded yet.
  ///
  /// - Parameters:
  ///   - lanes: The number of photos that are computed at a time.
  ///   - maximumWait: The longest time that a photo may have to wait.
  ///   - index: The photos that `/v1/similar` finds.
  package init(
    _ models: ModelRepository, lanes: Int, maximumWait: Duration, index: PhotoIndex? = nil,
    limits: Limits = Limits(), access: AccessControl = AccessControl(), log: Log? = nil
  ) {
    (self.models, self.index, self.limits) = (models, index, limits)
    (self.access, self.log) = (access, log)
    queue = PhotoQueue(lanes: lanes, maximumWait: maximumWait)
    metrics = ServerMetrics(lanes: lanes)
  }

  /// Whether the server is about to end: it is not ready, and its connections end with their answers.
  package var isDraining: Bool { state.withLock(\.isDraining) }

  /// Tells clients that the server is about to end.
  package func drain() { state.withLock { $0.isDraining = true } }

  /// The bytes of all bodies that are received or wait.
  var bodyBytes: Int { state.withLock(\.bodyBytes) }

  var droppedLogLines: Int { log?.writer.dropped ?? 0 }

  /// A number for the photos of a request.
  func nextRequest() -> Int {
    state.withLock { state in
      state.request += 1
      return state.request
    }
  }

  // MARK: - Before the body

  /// Returns the limit of the body of a request, or throws the answer if the head decides it.
  ///
  /// - Parameter length: The bytes of the body; nil if they are not known.
  package func bodyLimit(
    of head: RequestHead, length: Int?
  ) throws(ServerAnswer.Early) -> Int {
    do throws(RequestError) {
      let route = try route(of: head)
      if let length, length > limits.body { throw tooLarge }
      if route.computes { try queue.admit() }
      return limits.body
    } catch {
      throw ServerAnswer.Early(answer: refusal(error, head))
    }
  }

  /// The answer to a request that is refused before its body is there.
  private func refusal(_ error: RequestError, _ head: RequestHead) -> ServerAnswer {
    metrics.beginRequest()
    return finish(ServerAnswer(error), head)
  }

  /// Takes bytes of a body into memory; returns false if all bodies together are too large.
  package func reserve(_ bytes: Int) -> Bool {
    state.withLock { state in
      guard state.bodyBytes + bytes <= limits.bodiesInFlight else { return false }
      state.bodyBytes += bytes
      return true
    }
  }

  package func release(_ bytes: Int) { state.withLock { $0.bodyBytes -= bytes } }

  /// The answer to a request whose body is larger than the limit.
  package func tooLarge(_ head: RequestHead) -> ServerAnswer { refusal(tooLarge, head) }

  private var tooLarge: RequestError {
    RequestError(
      status: 413, message: "the body has more than \(limits.body) bytes, the limit (--max-body)")
  }

  /// The answer to a request for whose body there is no memory.
  package func tooFull(_ head: RequestHead) -> ServerAnswer {
    refusal(
      RequestError(
        status: 503,
        message: "the bodies of all requests have more than \(limits.bodiesInFlight) bytes; try "
          + "again later", retryAfter: 1), head)
  }

  /// The answer to a request whose body does not arrive in time.
  package func tooSlow(_ head: RequestHead) -> ServerAnswer {
    refusal(RequestError(status: 408, message: "the body did not arrive in time"), head)
  }

  /// The answer to a request of a connection that is one too many.
  package func tooManyConnections(_ head: RequestHead) -> ServerAnswer {
    refusal(
      RequestError(
        status: 503, message: "the server has too many connections; try again later",
        retryAfter: 1), head)
  }

  private func route(of head: RequestHead) throws(RequestError) -> Route {
    guard let route = try Route(head.segments) else {
      throw RequestError(
        status: 404, message: "no such path: \(head.path.prefix(200)); /openapi.json lists all")
    }
    guard head.method == route.method || head.method == "HEAD" && route.method == "GET" else {
      throw RequestError(
        status: 405,
        message: "\(head.path.prefix(200)) takes \(route.method), not "
          + "\(head.method.prefix(20))")
    }
    if case .load = route {
      _ = try access.checkAdministrator(authorization: head["authorization"])
    } else if !route.isOpen {
      _ = try access.checkClient(authorization: head["authorization"])
    }
    return route
  }

  // MARK: - The answer

  /// Answers a request.
  ///
  /// - Parameter body: The body as it was sent.
  package func answer(_ head: RequestHead, body: [UInt8]) async -> ServerAnswer {
    metrics.beginRequest()
    var answer: ServerAnswer
    do {
      let route = try route(of: head)
      let coding = try ContentCoding.ofRequest(contentEncoding: head["content-encoding"])
      let body = try coding?.inflated(body, limit: limits.body) ?? body
      answer = try await self.answer(route, head, body)
      if let coding = ContentCoding.ofAnswer(
        acceptEncoding: head["accept-encoding"], byteCount: answer.body.count),
        answer.isCompressible
      {
        answer.body = coding.deflated(answer.body)
        answer.fields.append(("Content-Encoding", coding.rawValue))
      }
    } catch {
      answer = ServerAnswer(RequestError(describing: error))
    }
    return finish(answer, head, bytesIn: body.count)
  }

  /// Adds what every answer has, counts the request and logs it.
  private func finish(
    _ answer: ServerAnswer, _ head: RequestHead, bytesIn: Int = 0
  ) -> ServerAnswer {
    var answer = answer
    if answer.status == 405, let route = try? Route(head.segments) {
      answer.fields.append(("Allow", route.method == "GET" ? "GET, HEAD" : route.method))
    }
    if answer.isCompressible { answer.fields.append(("Vary", "Accept-Encoding")) }
    if answer.status == 415 {
      answer.fields.append(("Accept-Encoding", ContentCoding.accepted))
    }
    if answer.status == 401 {
      answer.fields.append(("WWW-Authenticate", AccessControl.challenge))
    }
    answer.fields += [
      ("X-Request-Id", head.identifier.id), ("Server", "effnet"),
      ("X-Content-Type-Options", "nosniff"),
    ]
    record(answer, head, bytesIn: bytesIn)
    return answer
  }

  /// Counts an answered request and logs it.
  private func record(_ answer: ServerAnswer, _ head: RequestHead, bytesIn: Int) {
    let duration = ContinuousClock.now - head.arrival
    let route = try? Route(head.segments)
    metrics.endRequest(
      method: head.method, route: route?.template ?? "", status: answer.status, after: duration)
    let model =
      answer.model ?? route?.model ?? head.query.first { $0.name == "model" }?.value
      ?? models.names[0]
    if route?.computes == true {
      metrics.count(answer.outcome, of: ModelLabel(name: model), after: duration)
    }
    guard let log else { return }
    var entry = AccessLogEntry(
      time: currentTime() - Int64(duration.wholeMilliseconds), id: head.identifier.id,
      method: head.method, target: head.target, status: answer.status, duration: duration)
    (entry.route, entry.bytesIn, entry.bytesOut) = (route?.template, bytesIn, answer.body.count)
    (entry.times, entry.photos, entry.error) = (answer.times, answer.photos, answer.problem)
    if route?.computes == true { entry.model = model }
    (entry.client, entry.userAgent) = (head.client, head["user-agent"])
    entry.user = (try? access.checkClient(authorization: head["authorization"]))??.name
    entry.traceID = head.identifier.traceID
    log.writer.write(entry.line(log.format))
  }

  private func answer(
    _ route: Route, _ head: RequestHead, _ body: [UInt8]
  ) async throws -> ServerAnswer {
    switch route {
    case .page: page()
    case .openAPI: openAPI()
    case .metrics: metricsText()
    case .live: try health(isReadiness: false)
    case .ready: try health(isReadiness: true)
    case .server: try serverMetadata()
    case .models: try modelNames()
    case .index: try index(body)
    case .statistics(let model): try statistics(model)
    case .model(let name): try modelMetadata(name)
    case .modelReady(let name): try modelReadiness(name)
    case .configuration(let name): try configuration(name)
    case .infer(let name): try await infer(name, head, body)
    case .load(let name): try await load(name, body)
    case .classify: try await classify(head, body)
    case .embed: try await embed(head, body)
    case .explain: try await explain(head, body)
    case .similar: try await similar(head, body)
    }
  }
}

extension Route {
  /// Whether the route computes photos.
  var computes: Bool {
    switch self {
    case .infer, .classify, .embed, .explain, .similar: true
    default: false
    }
  }

  /// The model that the path names; nil if it names none.
  var model: String? {
    switch self {
    case .model(let name), .modelReady(let name), .configuration(let name), .infer(let name),
      .load(let name):
      name
    case .statistics(let name): name
    default: nil
    }
  }
}

extension ServerAnswer {
  /// How the request ended.
  fileprivate var outcome: Outcome {
    switch status {
    case ..<400: .ok
    case 499: .cancelled
    case 503: .rejected
    case 504: .expired
    case 500...: .failed
    default: .invalid
    }
  }
}

extension RequestError {
  /// The refusal that an error of the libraries means for a client.
  init(describing error: any Error) {
    switch error {
    case let error as RequestError: self = error
    case let error as ImageError:
      let status =
        switch error {
        case .notAPicture, .otherFormat, .unsupported: 415
        case .tooManyPixels: 413
        case .outOfMemory: 503
        default: 400
        }
      self.init(status: status, message: "\(error)")
    case is CancellationError:
      // The client is gone and does not read this; the log does.
      self.init(status: 499, message: "the client closed the connection")
    case is NoThreadError: self.init(status: 503, message: "\(error)", retryAfter: 1)
    default: self.init(status: 500, message: "\(error)")
    }
  }
}

import EfficientNetServing
import NIOCore
import NIOHTTP1

/// A connection of a client: receives one request after another, lets the server answer, and writes
/// the answers.
///
/// What a server must do and NIO leaves to it:
/// - A body is announced with 100 Continue only after its head was accepted. A body that is refused is
///   not read to its end: the answer is written, and what arrives is thrown away for two seconds, since
///   closing at once would destroy the answer on its way.
/// - A request that does not arrive in time ends the connection; a byte now and then does not count.
/// - When the client is gone, its request is cancelled. A client that closes its sending side counts as
///   gone.
final class HTTPConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// The times that a client may take.
  struct Limits: Sendable {
    /// Until a request's head is there, after the connection or the last answer.
    var idle = TimeAmount.seconds(60)
    /// Until a body is there.
    var body = TimeAmount.seconds(30)
    /// For reading on after an answer that came before the end of the body.
    var linger = TimeAmount.seconds(2)
  }

  private enum State {
    case waiting
    case receiving(RequestHead, limit: Int, keepsAlive: Bool)
    case answering(Task<Void, Never>, keepsAlive: Bool)
    /// The answer is written; the rest of the body is thrown away until `.end`, if the connection
    /// stays, or until it is closed.
    case closing
  }

  private let server: InferenceServer
  private let limits: Limits
  private let isRefused: Bool
  private var state = State.waiting
  private var body = ByteBuffer()
  /// The bytes of the body that count for the limit of all bodies.
  private var reserved = 0
  private var version = HTTPVersion.http1_1
  private var isHead = false
  private var timer: Scheduled<Void>?

  /// - Parameter isRefused: Whether there are too many connections already.
  init(_ server: InferenceServer, limits: Limits, isRefused: Bool) {
    (self.server, self.limits, self.isRefused) = (server, limits, isRefused)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    setTimer(context, limits.idle) { _, context in context.close(promise: nil) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): begin(head, context)
    case .body(let part): receive(part, context)
    case .end: end(context)
    }
  }

  private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    guard case .waiting = state else { return }
    (version, isHead) = (head.version, head.method == .HEAD)
    let request = RequestHead(
      method: head.method.rawValue, target: head.uri,
      fields: head.headers.map { ($0.name, $0.value) },
      client: context.remoteAddress?.ipAddress ?? "unknown")
    // A body of unknown length arrives in chunks.
    let length = head.headers.first(name: "content-length").flatMap { Int($0) }
    let isChunked = head.headers.contains(name: "transfer-encoding")
    let hasBody = isChunked || (length ?? 0) > 0
    do throws(ServerAnswer.Early) {
      if isRefused { throw .init(answer: server.tooManyConnections(request)) }
      let limit = try server.bodyLimit(of: request, length: hasBody ? length : 0)
      body.clear()
      // What is announced may never come.
      if let length { body.reserveCapacity(min(length, 1 << 20)) }
      state = .receiving(request, limit: limit, keepsAlive: head.isKeepAlive)
      if hasBody, head.headers.first(name: "expect")?.lowercased() == "100-continue" {
        context.writeAndFlush(
          wrapOutboundOut(.head(.init(version: version, status: .continue))), promise: nil)
      }
      setTimer(context, limits.body) { connection, context in
        connection.write(connection.server.tooSlow(request), keepsAlive: false, context)
      }
    } catch {
      // Without a body, the connection can go on.
      state = .receiving(request, limit: 0, keepsAlive: head.isKeepAlive)
      write(error.answer, keepsAlive: head.isKeepAlive && !hasBody && !isRefused, context)
    }
  }

  private func receive(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
    guard case .receiving(let request, let limit, _) = state else { return }
    guard body.readableBytes + part.readableBytes <= limit else {
      return write(server.tooLarge(request), keepsAlive: false, context)
    }
    guard server.reserve(part.readableBytes) else {
      return write(server.tooFull(request), keepsAlive: false, context)
    }
    reserved += part.readableBytes
    var part = part
    body.writeBuffer(&part)
  }

  private func end(_ context: ChannelHandlerContext) {
    guard case .receiving(let request, _, let keepsAlive) = state else { return }
    timer?.cancel()
    let bytes = Array(body.readableBytesView)
    let own = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let (server, loop) = (server, context.eventLoop)
    state = .answering(
      Task {
        let answer = await server.answer(request, body: bytes)
        loop.execute {
          let (connection, context) = own.value
          connection.write(answer, keepsAlive: keepsAlive, context)
        }
      }, keepsAlive: keepsAlive)
  }

  private func releaseBody() {
    server.release(reserved)
    (reserved, body) = (0, ByteBuffer())
  }

  /// Writes an answer; then waits for the next request, or closes the connection.
  private func write(
    _ answer: ServerAnswer, keepsAlive: Bool, _ context: ChannelHandlerContext
  ) {
    releaseBody()
    guard context.channel.isActive else { return }
    timer?.cancel()
    let isComplete = if case .answering = state { true } else { false }
    let keepsAlive = keepsAlive && !server.isDraining
    var head = HTTPResponseHead(
      version: version, status: .init(statusCode: answer.status),
      headers: HTTPHeaders(answer.fields))
    head.headers.add(name: "Content-Length", value: "\(answer.body.count)")
    if !keepsAlive {
      head.headers.add(name: "Connection", value: "close")
    } else if version == .http1_0 {
      head.headers.add(name: "Connection", value: "keep-alive")
    }
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if !isHead, !answer.body.isEmpty {
      context.write(
        wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
    }
    state = keepsAlive ? .waiting : .closing
    guard !keepsAlive else {
      // The end of the answer may bring the next request at once.
      setTimer(context, limits.idle) { _, context in context.close(promise: nil) }
      return context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
    let own = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
      let (connection, context) = own.value
      if isComplete { context.close(promise: nil) } else { connection.linger(context) }
    }
  }

  /// Closes the sending side, and the connection when the client has had time to read the answer.
  private func linger(_ context: ChannelHandlerContext) {
    context.close(mode: .output, promise: nil)
    setTimer(context, limits.linger) { _, context in context.close(promise: nil) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent { leave(context) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    leave(context)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // NIO has answered what is not HTTP with status 400. What else fails is the connection.
    guard error is HTTPParserError, case .waiting = state else { return leave(context) }
    state = .closing
    linger(context)
  }

  /// The client is gone: its request is cancelled.
  private func leave(_ context: ChannelHandlerContext) {
    if case .answering(let task, _) = state { task.cancel() }
    releaseBody()
    timer?.cancel()
    state = .closing
    context.close(promise: nil)
  }

  private func setTimer(
    _ context: ChannelHandlerContext, _ time: TimeAmount,
    _ body: @escaping @Sendable (HTTPConnection, ChannelHandlerContext) -> Void
  ) {
    timer?.cancel()
    let own = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: time) {
      let (connection, context) = own.value
      body(connection, context)
    }
  }
}

import EfficientNetServing
import EfficientNetSystem
import NIOCore
import NIOHTTP1
import NIOPosix

/// The listening socket and the connections of clients.
///
/// One event loop moves the bytes; all computing is done by the lanes of the server.
final class HTTPListener: Sendable {
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let connections = Locked<[ObjectIdentifier: any Channel]>([:])
  private let channel: any Channel

  /// Limits of connections.
  struct Limits: Sendable {
    var connections = 1024
    var headerBytes = 32 << 10
    var connection = HTTPConnection.Limits()
  }

  /// Listens.
  ///
  /// - Parameter port: The port; 0 for any free one.
  /// - Throws: The error of the system, such as that of a port in use.
  init(_ server: InferenceServer, host: String, port: Int, limits: Limits) async throws {
    var decoding = NIOHTTPDecoderLimitConfiguration()
    decoding.maxHeaderFieldSize = limits.headerBytes
    decoding.maxHeaderListSize = limits.headerBytes
    decoding.maxHeaderFieldCount = 100
    channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 512)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { [connections, decoding] channel in
        let identifier = ObjectIdentifier(channel)
        let count = connections.withLock { connections in
          connections[identifier] = channel
          return connections.count
        }
        channel.closeFuture.whenComplete { _ in
          connections.withLock { $0[identifier] = nil }
        }
        return channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: true, withErrorHandling: true,
            withOutboundHeaderValidation: true, withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: decoding)
          try pipeline.addHandler(
            HTTPConnection(
              server, limits: limits.connection, isRefused: count > limits.connections))
        }
      }
      .bind(host: host, port: port).get()
  }

  /// The port.
  var port: Int { channel.localAddress?.port ?? 0 }

  /// The number of open connections.
  var connectionCount: Int { connections.withLock(\.count) }

  /// Stops listening, and waits until the requests that have begun are answered.
  ///
  /// - Parameter limit: The longest time to wait; then connections are cut.
  func close(within limit: Duration) async {
    try? await channel.close()
    for connection in connections.withLock({ Array($0.values) }) {
      connection.eventLoop.execute {
        connection.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
      }
    }
    let end = ContinuousClock.now + limit
    while connectionCount > 0, ContinuousClock.now < end {
      try? await Task.sleep(for: .milliseconds(5))
    }
    for connection in connections.withLock({ Array($0.values) }) {
      connection.close(promise: nil)
    }
    try? await group.shutdownGracefully()
  }
}

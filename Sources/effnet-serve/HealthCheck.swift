import EfficientNetSystem
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks a server whether it is ready, for containers that have no other client.
enum HealthCheck {
  /// - Throws: `FileError` if the server does not answer, or is not ready.
  static func run(host: String, port: Int) async throws {
    let address = "\(host):\(port)"
    let channel: NIOAsyncChannel<HTTPClientResponsePart, HTTPPart<HTTPRequestHead, ByteBuffer>>
    do {
      channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(.seconds(2))
        .connect(host: host, port: port) { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
          }
        }
    } catch {
      throw FileError(path: address, reason: "no server answers there")
    }
    try await channel.executeThenClose { input, output in
      let head = HTTPRequestHead(
        version: .http1_1, method: .GET, uri: "/v2/health/ready",
        headers: ["Host": address, "Connection": "close"])
      try await output.write(.head(head))
      try await output.write(.end(nil))
      for try await part in input {
        guard case .head(let head) = part else { continue }
        guard head.status == .ok else {
          throw FileError(path: address, reason: "the server is not ready (\(head.status.code))")
        }
        return
      }
      throw FileError(path: address, reason: "the server closed the connection")
    }
  }
}

internal import Foundation
internal import Glibc
internal import Synchronization

/// An HTTP/1.1 server on 127.0.0.1 that gives a test's answers, including faulty ones. Each
/// connection has one request.
public final class LoopbackServer: Sendable {
  /// A client's request.
  public struct Request: Sendable {
    /// The method, for example "GET".
    public let method: String
    /// The path and query.
    public let path: String
    private let fields: [String: String]

    fileprivate init?(_ text: String) {
      let lines = text.split(whereSeparator: \.isNewline)
      let words = (lines.first ?? "").split(separator: " ")
      guard words.count == 3 else { return nil }
      (method, path) = (String(words[0]), String(words[1]))
      var fields: [String: String] = [:]
      for line in lines.dropFirst() {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        fields[line[..<colon].lowercased()] = String(line[colon...].dropFirst(2))
      }
      self.fields = fields
    }

    /// Returns the value of a header field.
    public subscript(_ name: String) -> String? { fields[name.lowercased()] }
  }

  /// The server's answer to a request.
  public struct Reply: Sendable {
    /// The way a client learns where the body ends.
    public enum Framing: Sendable {
      /// Content-Length with the body's length or another one.
      case length(Int?)
      /// Chunks of 1,000 bytes.
      case chunked
      /// The end of the connection.
      case close
    }

    /// The way the body is sent.
    public enum Delivery: Sendable {
      case whole
      /// The connection ends after this number of bytes.
      case cut(after: Int)
      /// Ten pieces, with a pause after each.
      case drip(milliseconds: Int)
      /// The body, repeated without end.
      case endless
      /// This number of bytes, then nothing.
      case hang(after: Int)
      /// Nothing at all, not even a head.
      case mute
      /// A head without end: this text, repeated.
      case endlessHead(String)
    }

    /// The status code, for example 404.
    public var status: Int
    /// Header fields in addition to those of the framing.
    public var fields: [String: String]
    /// The body after the head, except in answers to HEAD.
    public var body: [UInt8]
    /// The way the body's end is marked.
    public var framing: Framing
    /// The way the body is sent.
    public var delivery: Delivery

    /// Creates an answer.
    public init(
      _ status: Int, fields: [String: String] = [:], body: [UInt8] = [],
      framing: Framing = .length(nil), delivery: Delivery = .whole
    ) {
      (self.status, self.fields, self.body) = (status, fields, body)
      (self.framing, self.delivery) = (framing, delivery)
    }
  }

  /// The port that the server listens on.
  public let port: Int
  private let listener: Int32
  private let state = Mutex<(requests: [Request], isStopped: Bool)>(([], false))

  /// Starts a server.
  ///
  /// - Parameter respond: Returns the answer to a request. It is called on many threads.
  public init(_ respond: @escaping @Sendable (Request) -> Reply) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let failure = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> Int32 in
        guard unsafe bind(listener, pointer, length) == 0, listen(listener, 64) == 0,
          unsafe getsockname(listener, pointer, &length) == 0
        else { return errno }
        return 0
      }
    }
    guard failure == 0 else { throw POSIXError(.init(rawValue: failure) ?? .EIO) }
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        guard let self else { return }
        Thread.detachNewThread {
          self.serve(connection, respond)
          close(connection)
        }
      }
    }
  }

  deinit { stop() }

  /// Stops the server and the answers that hang.
  public func stop() {
    let wasStopped = state.withLock { state in
      defer { state.isStopped = true }
      return state.isStopped
    }
    guard !wasStopped else { return }
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  /// The address, for example "http://127.0.0.1:8080".
  public var url: String { "http://127.0.0.1:\(port)" }

  /// All requests so far.
  public var requests: [Request] { state.withLock(\.requests) }

  private var isStopped: Bool { state.withLock(\.isStopped) }

  private func serve(_ connection: Int32, _ respond: (Request) -> Reply) {
    guard let request = readRequest(connection) else { return }
    state.withLock { $0.requests.append(request) }
    let reply = respond(request)
    var lines = ["HTTP/1.1 \(reply.status) Reason", "Connection: close"]
    lines += reply.fields.map { "\($0.key): \($0.value)" }
    var body = reply.body[...]
    switch reply.delivery {
    case .mute: return wait(connection)
    case .endlessHead(let text):
      send(Array((lines.joined(separator: "\r\n") + "\r\n").utf8)[...], connection)
      let piece = Array(String(repeating: text, count: 1000).utf8)
      while !isStopped, send(piece[...], connection) {}
      return
    case .whole, .cut, .drip, .endless, .hang: break
    }
    switch reply.framing {
    case .length(let length): lines.append("Content-Length: \(length ?? body.count)")
    case .chunked:
      lines.append("Transfer-Encoding: chunked")
      var chunks: [UInt8] = []
      while !body.isEmpty {
        let chunk = body.prefix(1000)
        chunks += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [13, 10]
        body = body.dropFirst(1000)
      }
      body = (chunks + Array("0\r\n\r\n".utf8))[...]
    case .close: break
    }
    send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)[...], connection)
    guard request.method != "HEAD" else { return }
    switch reply.delivery {
    case .whole:
      send(body, connection)
    case .cut(let count):
      send(body.prefix(count), connection)
    case .drip(let milliseconds):
      let piece = body.count / 10 + 1
      while !body.isEmpty, !isStopped {
        guard send(body.prefix(piece), connection) else { return }
        body = body.dropFirst(piece)
        usleep(UInt32(1000 * milliseconds))
      }
    case .endless:
      while !isStopped, send(body, connection) {}
    case .hang(let count):
      guard send(body.prefix(count), connection) else { return }
      wait(connection)
    case .mute, .endlessHead: break
    }
  }

  /// Waits until the client closes the connection.
  private func wait(_ connection: Int32) {
    var state = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
    while !isStopped, poll(&state, 1, 20) == 0 {}
  }

  private func readRequest(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while !bytes.suffix(4).elementsEqual([13, 10, 13, 10]) {
      let count = recv(connection, &chunk, chunk.count, 0)
      guard count > 0, bytes.count < 1 << 16 else { return nil }
      bytes += chunk[..<count]
    }
    return Request(String(decoding: bytes, as: UTF8.self))
  }

  /// Sends bytes; returns false if the client closed the connection.
  @discardableResult
  private func send(_ bytes: ArraySlice<UInt8>, _ connection: Int32) -> Bool {
    var bytes = bytes
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { buffer in
        unsafe sendNext(connection, buffer.baseAddress, buffer.count)
      }
      guard count > 0 else { return false }
      bytes = bytes.dropFirst(count)
    }
    return true
  }
}

/// Calls the system's `send` without the signal that would end the tests.
private func sendNext(_ socket: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  unsafe send(socket, bytes, count, Int32(MSG_NOSIGNAL))
}

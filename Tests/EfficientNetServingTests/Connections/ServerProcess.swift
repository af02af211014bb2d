import EfficientNet
import EfficientNetTestSupport
import Foundation

/// The program effnet-serve with a small network, as a user starts it.
final class ServerProcess {
  let folder: TemporaryFolder
  let port: Int
  private let process = Process()
  private let errors: URL

  init(_ options: String...) throws {
    folder = try TemporaryFolder()
    let weights = folder.path("tiny.safetensors")
    try TinyServer.model.write(to: weights)
    errors = try folder.file("errors")
    let portFile = folder.path("port")
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "effnet-serve")
    process.arguments =
      ["--model", "tiny=\(weights)", "--port", "0", "--port-file", portFile] + options
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    while !FileManager.default.fileExists(atPath: portFile), process.isRunning { usleep(2000) }
    port = Int((try? String(contentsOfFile: portFile, encoding: .utf8))?.trimmed ?? "") ?? 0
  }

  deinit { if process.isRunning { process.terminate() } }

  var log: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits for the end of the process and returns its exit code; −1 if a signal ended it.
  func end() -> Int32 {
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : -1
  }

  func connect() throws -> ClientSocket { try ClientSocket(port: port) }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}

/// A connection that sends exactly these bytes.
final class ClientSocket {
  private let socket: Int32
  private var received: [UInt8] = []

  struct Failure: Error { let number = errno }

  init(port: Int) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw Failure() }
    // A test that waits for nothing ends.
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close() }

  private var isOpen = true

  func close() {
    if isOpen { Glibc.close(socket) }
    isOpen = false
  }

  /// Closes the sending side.
  func finish() { shutdown(socket, Int32(SHUT_WR)) }

  func send(_ text: String) { send(Array(text.utf8)) }

  /// Sends bytes; a server that reads no more is no failure.
  func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Reads an answer: its head and the body of its Content-Length.
  func answer(hasBody: Bool = true) -> (head: String, body: [UInt8])? {
    let ending = Array("\r\n\r\n".utf8)
    var end = received.firstRange(of: ending)
    while end == nil, receive() { end = received.firstRange(of: ending) }
    guard let end else { return nil }
    let head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
    let length =
      head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
      .flatMap { Int($0.split(separator: ":")[1].trimmingCharacters(in: .whitespaces)) } ?? 0
    received.removeSubrange(..<end.upperBound)
    guard hasBody else { return (head, []) }
    while received.count < length, receive() {}
    let body = Array(received.prefix(length))
    received.removeFirst(body.count)
    return (head, body)
  }

  /// Whether the server has closed the connection, which is waited for.
  var isClosed: Bool {
    while receive() {}
    return received.isEmpty && errno != EAGAIN
  }

  private func receive() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    errno = 0
    let count = recv(socket, &bytes, bytes.count, 0)
    if count > 0 { received += bytes[..<count] }
    return count > 0
  }
}

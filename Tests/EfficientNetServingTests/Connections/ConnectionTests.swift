import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetServing

/// What clients do on the wire that libraries of clients hide.
@Suite("Connections of the server")
struct ConnectionTests {
  private static func post(_ body: Int, _ fields: String = "", target: String = "/v1/classify")
    -> String
  {
    "POST \(target) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body)\r\n\(fields)\r\n"
  }

  private static let get = "GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n"

  @Test("a connection goes on after answers and after refusals")
  func keepsAlive() throws {
    let server = try ServerProcess()
    let (client, photo) = (try server.connect(), try TinyServer.photo(0))
    for _ in 0..<3 {
      client.send(Self.post(photo.count))
      client.send(photo)
      #expect(client.answer()?.head.hasPrefix("HTTP/1.1 200 OK") == true)
      client.send(Self.post(3) + "abc")
      #expect(client.answer()?.head.hasPrefix("HTTP/1.1 415 ") == true)
      client.send("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(client.answer()?.head.hasPrefix("HTTP/1.1 404 ") == true)
    }
    client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + Self.get)
    #expect(client.answer(hasBody: false)?.head.contains("Content-Length: ") == true)
    #expect(client.answer()?.body == Array(#"{"live":true}"#.utf8))
  }

  @Test("requests that are sent without waiting are answered in order")
  func pipelining() throws {
    let server = try ServerProcess()
    let (client, photo) = (try server.connect(), try TinyServer.photo(1))
    for number in 0..<5 {
      client.send(Self.post(photo.count, "X-Request-Id: n\(number)\r\n"))
      client.send(photo)
    }
    for number in 0..<5 {
      let answer = client.answer()
      #expect(answer?.head.contains("X-Request-Id: n\(number)\r\n") == true)
    }
  }

  @Test("a body is asked for only after its head is accepted")
  func expectContinue() throws {
    let server = try ServerProcess("--max-body", "100000")
    let (client, photo) = (try server.connect(), try TinyServer.photo(0))
    client.send(Self.post(photo.count, "Expect: 100-continue\r\n"))
    #expect(client.answer(hasBody: false)?.head == "HTTP/1.1 100 Continue")
    client.send(photo)
    #expect(client.answer()?.head.hasPrefix("HTTP/1.1 200 OK") == true)
    client.send(Self.post(100_001, "Expect: 100-continue\r\n"))
    let refusal = client.answer()
    #expect(refusal?.head.hasPrefix("HTTP/1.1 413 ") == true)
    #expect(refusal?.head.contains("Connection: close") == true)
    #expect(client.isClosed)
  }

  @Test("a client that goes on sending a refused body still reads the answer")
  func refusedBody() throws {
    let server = try ServerProcess("--max-body", "1000000")
    for fields in ["Content-Length: 50000000\r\n", "Transfer-Encoding: chunked\r\n"] {
      let client = try server.connect()
      client.send("POST /v1/classify HTTP/1.1\r\nHost: x\r\n\(fields)\r\n")
      let block = [UInt8](repeating: 65, count: 100_000)
      for _ in 0..<15 {
        if fields.hasPrefix("Transfer") { client.send("186A0\r\n") }
        client.send(block)
        if fields.hasPrefix("Transfer") { client.send("\r\n") }
      }
      let answer = client.answer()
      #expect(answer?.head.hasPrefix("HTTP/1.1 413 ") == true, "\(answer?.head ?? "none")")
      let text = String(decoding: answer?.body ?? [], as: UTF8.self)
      #expect(text.contains("1000000 bytes, the limit (--max-body)"))
    }
    let next = try server.connect()
    next.send(Self.get)
    #expect(next.answer()?.head.hasPrefix("HTTP/1.1 200 OK") == true)
  }

  @Test("HTTP/1.0 and 'Connection: Close' close after the answer")
  func closing() throws {
    let server = try ServerProcess()
    for request in [
      "GET /v2/health/live HTTP/1.0\r\n\r\n",
      "GET /v2/health/live HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n",
    ] {
      let client = try server.connect()
      client.send(request)
      #expect(client.answer()?.head.contains(" 200 OK\r\n") == true)
      #expect(client.isClosed)
    }
    let kept = try server.connect()
    for _ in 0..<2 {
      kept.send("GET /v2/health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(kept.answer()?.head.contains("Connection: keep-alive") == true)
    }
  }

  @Test(
    "what is not HTTP is answered with 400 and a closed connection",
    arguments: [
      "\u{16}\u{3}\u{1}\r\n\r\n", "GET\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
      "GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 70_000))\r\n\r\n",
    ])
  func garbage(request: String) throws {
    let server = try ServerProcess()
    let client = try server.connect()
    client.send(request)
    if let answer = client.answer() {
      #expect(answer.head.hasPrefix("HTTP/1.1 400 "), "\(answer.head)")
    }
    #expect(client.isClosed)
    let next = try server.connect()
    next.send(Self.get)
    #expect(next.answer()?.head.hasPrefix("HTTP/1.1 200 OK") == true)
  }

  @Test("clients that vanish in the middle of a request harm nobody")
  func vanishing() throws {
    let server = try ServerProcess("--log", "json")
    let photo = try TinyServer.photo(2)
    for count in [0, 10, 60, 100, photo.count / 2, photo.count] {
      let client = try server.connect()
      client.send(Array((Array(Self.post(photo.count).utf8) + photo).prefix(60 + count)))
      client.close()
    }
    let client = try server.connect()
    client.send(Self.post(photo.count))
    client.send(photo)
    #expect(client.answer()?.head.hasPrefix("HTTP/1.1 200 OK") == true)
    client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    let text = String(decoding: client.answer()?.body ?? [], as: UTF8.self)
    #expect(text.contains("effnet_inflight_bytes 0\n"), "\(text)")
  }

  @Test("too many connections are refused")
  func connectionLimit() throws {
    let server = try ServerProcess("--max-connections", "2")
    let clients = try (0..<3).map { _ in try server.connect() }
    for client in clients { client.send(Self.get) }
    let answers = clients.map { $0.answer()?.head.prefix(12) ?? "" }
    #expect(answers == ["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 503"])
    #expect(clients[2].isClosed)
  }

  @Test("after SIGTERM, the requests that have begun are answered and the exit code is 0")
  func drain() throws {
    let server = try ServerProcess()
    let photo = try TinyServer.photo(3)
    let clients = try (0..<8).map { _ in try server.connect() }
    for client in clients {
      client.send(Self.get)
      #expect(client.answer() != nil)
      client.send(Self.post(photo.count))
      client.send(Array(photo.dropLast()))
    }
    let idle = try server.connect()
    idle.send(Self.get)
    #expect(idle.answer() != nil)
    server.signal(SIGTERM)
    #expect(idle.isClosed)
    for client in clients { client.send([photo[photo.count - 1]]) }
    for client in clients {
      let answer = client.answer()
      #expect(answer?.head.hasPrefix("HTTP/1.1 200 OK") == true)
      #expect(answer?.head.contains("Connection: close") == true)
    }
    #expect(server.end() == 0)
  }

  @Test("SIGHUP loads the model again, and the old one stays if that fails")
  func reload() throws {
    let server = try ServerProcess("--log", "text")
    let photo = try TinyServer.photo(0)
    let client = try server.connect()
    func classify() -> Bool {
      client.send(Self.post(photo.count))
      client.send(photo)
      return client.answer()?.head.hasPrefix("HTTP/1.1 200 OK") == true
    }
    #expect(classify())
    server.signal(SIGHUP)
    while !server.log.contains("loaded tiny again") { #expect(classify()) }
    try server.folder.write(Array("damaged".utf8), "tiny.safetensors")
    server.signal(SIGHUP)
    while !server.log.contains("tiny was not loaded again: ") { #expect(classify()) }
    #expect(classify())
    client.send("POST /v2/repository/index HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    let index = String(decoding: client.answer()?.body ?? [], as: UTF8.self)
    #expect(index.contains(#""state":"READY""#) && index.contains("tiny.safetensors"), "\(index)")
    server.signal(SIGINT)
    #expect(server.end() == 0)
  }

  @Test("the command runs the server in its place")
  func command() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "effnet")
    process.arguments = ["serve", "--help"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let help = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(help.contains("USAGE: effnet serve <options>") && help.contains("--max-wait"))
  }

  @Test("a port in use is an error of one line")
  func portInUse() throws {
    let server = try ServerProcess()
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "effnet-serve")
    process.arguments = [
      "--model", server.folder.path("tiny.safetensors"), "--port", "\(server.port)", "--log",
      "none",
    ]
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    process.waitUntilExit()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(process.terminationStatus == 1)
    #expect(text.hasSuffix("Address already in use; choose another --port or --host\n"), "\(text)")
    #expect(text.split(separator: "\n").count == 1)
  }
}

internal import EfficientNetSystem
internal import FoundationEssentials

/// The program curl, which handles redirects, TLS, time-outs, and the machine's certificates and
/// proxy settings.
///
/// URLs and header fields go to curl's standard input, since all users of a machine can see command
/// lines. Curl ignores .curlrc, which could make it log secrets; settings in the environment count.
package struct Curl: Sendable {
  private let program: String
  private let environment: [String: String]
  private let stallSeconds: Int

  static let maximumRedirects = 5

  /// Creates a runner of curl.
  ///
  /// - Parameters:
  ///   - program: The command, found by PATH.
  ///   - variables: Environment variables in addition to those of this process.
  ///   - stallSeconds: The time in seconds without data after which curl closes a connection.
  package init(
    program: String = "curl", variables: [String: String] = [:], stallSeconds: Int = 60
  ) {
    var environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    // Curl receives the token with each request that needs it.
    environment["HF_TOKEN"] = nil
    (self.program, self.environment, self.stallSeconds) = (program, environment, stallSeconds)
  }

  struct Request {
    var url: String
    /// The token for the server of `url`. Curl sends it to no other scheme, host or port.
    var token: String?
    /// Whether to request the header only. Download requests do not use HEAD: other servers may
    /// sign addresses for GET only.
    var isHead = false
    /// The number of bytes already downloaded.
    var start = 0
  }

  struct Answer {
    enum End {
      case answered
      /// The connection broke, before or after the header.
      case cut
      case noConnection
      /// The server did not answer in time.
      case silent
      case failed
    }

    /// The nonempty values of ``variables`` and ``headerFields`` by name.
    let fields: [String: String]
    let end: End

    subscript(_ name: String) -> String? { fields[name] }
    var status: Int { Int(fields["response_code"] ?? "") ?? 0 }
    /// The status of a proxy that refused the connection, or nil.
    var proxyStatus: Int? {
      Int(fields["http_connect"] ?? "").flatMap { $0 >= 300 ? $0 : nil }
    }
    var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }
    var message: String { String((fields["errormsg"] ?? "").prefix(300)) }

    /// The values of "Content-Range: bytes FIRST-LAST/TOTAL"; nil if the field is missing or has
    /// another form, such as "bytes */TOTAL".
    var range: (first: Int, total: Int)? {
      let parts = (fields["content-range"] ?? "").split(whereSeparator: " -/".contains)
      guard parts.count == 4, parts[0] == "bytes",
        let first = Int(parts[1]), let last = Int(parts[2]), let total = Int(parts[3]),
        first <= last, last < total
      else { return nil }
      return (first, total)
    }
  }

  /// The values that curl prints at its end, under curl's names.
  private static let variables = [
    "response_code", "http_connect", "http_version", "url_effective", "redirect_url", "errormsg",
  ]
  /// The header fields of the last answer that curl prints.
  private static let headerFields = [
    "x-repo-commit", "x-linked-etag", "x-linked-size", "x-error-code", "etag", "content-length",
    "content-range", "transfer-encoding", "retry-after",
  ]

  /// Sends a request.
  ///
  /// - Parameters:
  ///   - isCancelled: Whether to stop curl.
  ///   - receive: Receives the file's body in pieces.
  /// - Throws: ``HubError`` if curl is not installed, and the error that `receive` throws.
  func send(
    _ request: Request, isCancelled: () -> Bool,
    receive: (ArraySlice<UInt8>) throws(HubError) -> Void
  ) throws(HubError) -> Answer {
    var failure: HubError?
    let curl: ChildProcess
    do {
      curl = try ChildProcess.run(
        program, ["--disable", "--config", "-"], input: settings(for: request),
        environment: environment, isCancelled: isCancelled
      ) { bytes in
        do throws(HubError) { try receive(bytes) } catch { failure = failure ?? error }
        return failure == nil
      }
    } catch {
      if error.isMissing { throw .noCurl(command: program) }
      return Answer(fields: ["errormsg": "\(error)"], end: .failed)
    }
    if let failure { throw failure }
    var fields: [String: String] = [:]
    for line in curl.errors.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
    }
    func failed(_ message: String) -> Answer {
      Answer(fields: fields.merging(["errormsg": message]) { $1 }, end: .failed)
    }
    guard let status = fields["response_code"] else {
      return failed("'\(program)' ended with status \(curl.status)")
    }
    if fields["etag"]?.hasPrefix("%header") == true { return failed("curl is older than 7.84") }
    // A header line of more than 100 KB, or a header of more than 300 KB.
    if curl.status == 27 || fields["errormsg"]?.hasPrefix("Too large response headers") == true {
      return failed("its head is too long")
    }
    // Source: "EXIT CODES" of curl's manual.
    let end: Answer.End =
      switch curl.status {
      // Also statuses from 400 on, and an answer with another part than the requested one.
      case 0, 22, 33: .answered
      case 5, 6, 7: .noConnection
      // A time-out before the first byte of an answer.
      case 28 where Int(status) == 0: .silent
      // Also a server that closes the connection before it answers.
      case 16, 18, 28, 52, 55, 56, 92, 95: .cut
      default: .failed
      }
    return Answer(fields: fields, end: end)
  }

  /// Returns the text of a curl configuration file for the request.
  private func settings(for request: Request) -> String {
    let protocols = request.url.hasPrefix("https:") ? "=https" : "=http,https"
    let told =
      Self.variables.map { "\($0)=%{\($0)}\\n" }
      + Self.headerFields.map { "\($0)=%header{\($0)}\\n" }
    // A compressed transfer has neither a length nor ranges.
    var lines = ["header = \"Accept-Encoding: identity\""]
    if let token = request.token {
      lines.append("header = \(Self.quoted("Authorization: Bearer \(token)"))")
    }
    lines += request.isHead ? ["head", "output = \"/dev/null\"", "max-time = 120"] : ["location"]
    if request.start > 0 { lines.append("continue-at = \(request.start)") }
    lines += [
      "url = \(Self.quoted(request.url))", "silent", "globoff", "fail", "no-buffer",
      "disallow-username-in-url", "max-redirs = \(Self.maximumRedirects)",
      "proto = \"\(protocols)\"", "proto-redir = \"\(protocols)\"", "connect-timeout = 30",
      "speed-limit = 100", "speed-time = \(stallSeconds)", "user-agent = \"swift-efficientnet\"",
      "write-out = \(Self.quoted("%{stderr}\\n" + told.joined()))",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// Returns a text of visible characters and spaces, quoted for a curl configuration file.
  private static func quoted(_ text: String) -> String {
    precondition(!text.contains(where: \.isNewline), "a line break in a setting")
    return "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}

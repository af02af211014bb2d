internal import EfficientNetSystem
internal import FoundationEssentials

/// The program curl: redirects, TLS, time-outs and the machine's own certificates and proxy settings are its trade.
///
/// URLs and header fields go to its standard input, since all users of a machine see command lines. Of its own
/// settings only those in the environment count: a .curlrc could have it log what is secret.
package struct Curl: Sendable {
  private let program: String
  private let environment: [String: String]
  private let stallSeconds: Int

  /// Redirects in a row that are followed.
  static let maximumRedirects = 5

  /// A curl.
  ///
  /// - Parameters:
  ///   - program: The command, found by PATH.
  ///   - variables: What its environment has besides ours.
  ///   - stallSeconds: A connection is given up where nothing comes for so long.
  package init(
    program: String = "curl", variables: [String: String] = [:], stallSeconds: Int = 60
  ) {
    var environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    // It gets the token where it needs it.
    environment["HF_TOKEN"] = nil
    (self.program, self.environment, self.stallSeconds) = (program, environment, stallSeconds)
  }

  /// What one child of ours asks for.
  struct Request {
    var url: String
    /// Goes to the server of `url` only: curl sends it to no other scheme, host or port.
    var token: String?
    /// Whether the head is all that is wanted. It is not asked for anywhere else: other servers may sign addresses
    /// for GET only.
    var isHead = false
    /// The bytes that are there already.
    var start = 0
  }

  /// How a request ended.
  struct Answer {
    enum End {
      case answered
      /// The connection broke, after the head or before it.
      case cut
      case noConnection
      case failed
    }

    /// What is not empty of ``variables`` and ``headerFields``, by their names.
    let fields: [String: String]
    let end: End

    subscript(_ name: String) -> String? { fields[name] }
    var status: Int { Int(fields["response_code"] ?? "") ?? 0 }
    /// The status of a proxy that does not let us through, or nil.
    var proxyStatus: Int? {
      Int(fields["http_connect"] ?? "").flatMap { $0 >= 300 ? $0 : nil }
    }
    var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }
    var message: String { String((fields["errormsg"] ?? "").prefix(300)) }

    /// What "Content-Range: bytes FIRST-LAST/TOTAL" says; nil if there is no such field, or another, "bytes */TOTAL".
    var range: (first: Int, total: Int)? {
      let parts = (fields["content-range"] ?? "").split(whereSeparator: " -/".contains)
      guard parts.count == 4, parts[0] == "bytes",
        let first = Int(parts[1]), let last = Int(parts[2]), let total = Int(parts[3]),
        first <= last, last < total
      else { return nil }
      return (first, total)
    }
  }

  /// What curl tells in the end, in its own names.
  private static let variables = [
    "response_code", "http_connect", "http_version", "url_effective", "redirect_url", "errormsg",
  ]
  /// The header fields that it tells, of the last answer.
  private static let headerFields = [
    "x-repo-commit", "x-linked-etag", "x-linked-size", "x-error-code", "etag", "content-length",
    "content-range", "transfer-encoding", "retry-after",
  ]

  /// Sends a request.
  ///
  /// - Parameter receive: Is given the body in pieces, that of the file only.
  /// - Throws: ``HubError``, if there is no curl, and what `receive` throws.
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
    // A line of more than 100 KB, or a head of more than 300 KB.
    if curl.status == 27 || fields["errormsg"]?.hasPrefix("Too large response headers") == true {
      return failed("its head is too long")
    }
    // Source: "EXIT CODES" of curl's manual.
    let end: Answer.End =
      switch curl.status {
      // Also statuses from 400 on, and an answer that is not the part that was asked for.
      case 0, 22, 33: .answered
      case 5, 6, 7: .noConnection
      // The time is over, and nothing came.
      case 28 where Int(status) == 0: .noConnection
      // Also where a server closes before it answers.
      case 16, 18, 28, 52, 55, 56, 92, 95: .cut
      default: .failed
      }
    return Answer(fields: fields, end: end)
  }

  /// The text of a configuration file.
  private func settings(for request: Request) -> String {
    let protocols = request.url.hasPrefix("https:") ? "=https" : "=http,https"
    let told =
      Self.variables.map { "\($0)=%{\($0)}\\n" }
      + Self.headerFields.map { "\($0)=%header{\($0)}\\n" }
    // What is compressed on the way has no length and no ranges.
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

  /// A text of visible characters and spaces in the quotation marks of a configuration file.
  private static func quoted(_ text: String) -> String {
    precondition(!text.contains(where: \.isNewline), "a line break in a setting")
    return "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}

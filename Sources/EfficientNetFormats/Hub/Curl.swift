#if Tools
  internal import FoundationEssentials
  internal import Glibc

  /// The program curl: the machine's own certificates and proxy settings count.
  ///
  /// URLs and header fields go to its standard input, since all users of a machine see command lines. Of its own
  /// settings only those in the environment count: a .curlrc could have it follow redirects or log what is secret.
  package struct Curl: Sendable {
    private let program: String
    private let environment: [String: String]
    private let stallSeconds: Int

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
      self.program = program
      self.environment = environment
      self.stallSeconds = stallSeconds
    }

    /// What one request asks for.
    struct Request {
      var address: WebAddress
      /// Whether the head is all that is wanted.
      var isHead = false
      /// Lines such as "Range: bytes=100-".
      var fields: [String] = []
    }

    /// How a request ended.
    enum Outcome {
      /// The answer is there, or as much of it as was wanted.
      case whole(HTTPHead)
      /// The connection broke, after the head or before it.
      case cut
      /// There was no connection.
      case noConnection(String)
      /// curl failed otherwise.
      case failed(String)
    }

    /// Sends one request and follows no redirect.
    ///
    /// - Parameters:
    ///   - accept: Is given the head; says whether the body is wanted.
    ///   - receive: Is given the body in pieces; says whether more is wanted.
    /// - Throws: ``HubError``, if there is no curl.
    func send(
      _ request: Request, isCancelled: () -> Bool, accept: (HTTPHead) -> Bool,
      receive: (ArraySlice<UInt8>) -> Bool
    ) throws(HubError) -> Outcome {
      var reader = HTTPHeadReader()
      var head: HTTPHead?
      var (isMalformed, isStopped) = (false, false)
      let curl: ChildProcess
      do {
        curl = try ChildProcess.run(
          program, ["--disable", "--config", "-"], input: settings(for: request),
          environment: environment, isCancelled: isCancelled
        ) { bytes in
          var body = bytes
          if isStopped || isMalformed { return false }
          if head == nil {
            switch reader.read(bytes) {
            case .incomplete: return true
            case .malformed:
              isMalformed = true
              return false
            case .whole(let answer, let rest):
              head = answer
              isStopped = !accept(answer)
              body = rest
            }
          }
          if !isStopped, !body.isEmpty { isStopped = !receive(body) }
          return !isStopped
        }
      } catch {
        if case .notFound = error { throw .noCurl(command: program) }
        return .failed("\(error)")
      }
      if isMalformed { return .failed("the answer is not HTTP") }
      if let head, isStopped || curl.status == 0 { return .whole(head) }
      let message = Self.message(of: curl)
      // Source: "EXIT CODES" of curl's manual.
      switch curl.status {
      case 5, 6, 7: return .noConnection(message)
      // Also where a server closes before it answers.
      case 16, 18, 28, 52, 55, 56, 92, 95: return .cut
      case 0: return .failed("the answer is not HTTP")
      default: return .failed(message)
      }
    }

    /// The text of a configuration file.
    private func settings(for request: Request) -> String {
      var lines = [
        "silent", "show-error", "globoff", "no-buffer", "suppress-connect-headers",
        request.isHead ? "head" : "include",
        "proto = \"=http,https\"", "connect-timeout = 30", "speed-limit = 100",
        "speed-time = \(stallSeconds)", "user-agent = \"swift-efficientnet\"",
        "url = \(Self.quoted(request.address.description))",
      ]
      // What is compressed on the way has no length and no ranges.
      for field in ["Accept-Encoding: identity"] + request.fields {
        lines.append("header = \(Self.quoted(field))")
      }
      return lines.joined(separator: "\n") + "\n"
    }

    /// A text of visible characters and spaces in the quotation marks of a configuration file.
    private static func quoted(_ text: String) -> String {
      var result = "\""
      for character in text {
        precondition(!character.isNewline, "a line break in a setting")
        if character == "\"" || character == "\\" { result.append("\\") }
        result.append(character)
      }
      return result + "\""
    }

    /// The last line of what curl wrote, without "curl: (7) ".
    private static func message(of curl: ChildProcess) -> String {
      let lines = curl.errors.split(whereSeparator: \.isNewline)
      guard let line = lines.last(where: { $0.hasPrefix("curl: ") }) else {
        return "curl ended with status \(curl.status)"
      }
      let text = line.dropFirst("curl: ".count)
      let message = text.hasPrefix("(") ? text.drop { $0 != ")" }.dropFirst(2) : text
      return String(message.prefix(300))
    }
  }
#endif

#if Tools
  internal import Glibc

  /// How often and how soon what failed is tried again.
  package struct RetryPolicy: Sendable {
    /// Requests that a busy server may refuse.
    package var busyTries = 5
    /// Connections that may break after the first.
    package var resumptions = 5
    /// The longest that a server may have us wait, in seconds.
    package var longestWait = 120
    /// How long a second is; tests have less time.
    package var second = Duration.seconds(1)

    /// The usual numbers.
    package init() {}
  }

  /// Requests to one server and to those that it sends us to.
  struct HubSession {
    let endpoint: HubEndpoint
    let curl: Curl
    let policy: RetryPolicy
    let isCancelled: () -> Bool
    let report: (String) -> Void
    let progress: (HubProgress) -> Void

    /// Redirects in a row that are followed.
    private static let maximumRedirects = 5

    /// What came of one try.
    enum Attempt<Result> {
      case done(Result)
      /// A server asked to come again, after so many seconds if it said so.
      case busy(site: String, status: Int, seconds: Int?)
      /// The connection broke.
      case cut(site: String)
    }

    /// The last answer of a chain of redirects.
    struct Answer {
      /// Its head.
      let head: HTTPHead
      /// Who gave it.
      let address: WebAddress
      /// Header fields of the server's own answers in the chain, the first of each name.
      let own: [String: String]
    }

    /// Header fields that say what a file is; those of other servers do not count.
    private static let ownFields = [
      "X-Repo-Commit", "X-Linked-Etag", "X-Linked-Size", "X-Error-Code",
    ]

    /// Sends a request, and again where it is redirected. Only the server itself gets the token.
    ///
    /// - Parameters:
    ///   - request: Without the token.
    ///   - file: For messages.
    ///   - accept: Is given the head of an answer that is neither a redirect nor a request to wait; says whether the
    ///     body is wanted.
    ///   - receive: Is given the body in pieces; says whether more is wanted.
    func send(
      _ request: Curl.Request, file: String, accept: (HTTPHead) -> Bool = { _ in false },
      receive: (ArraySlice<UInt8>) -> Bool = { _ in false }
    ) throws(HubError) -> Attempt<Answer> {
      var request = request
      let fields = request.fields
      var own: [String: String] = [:]
      for _ in 0...Self.maximumRedirects {
        let (address, site) = (request.address, request.address.site)
        if isCancelled() { throw .cancelled(file: file) }
        request.fields = fields
        if let token = endpoint.token(for: address) {
          request.fields.append("Authorization: Bearer \(token)")
        }
        let outcome = try curl.send(
          request, isCancelled: isCancelled,
          accept: { !$0.isRedirect && !Self.isBusy($0) && accept($0) }, receive: receive)
        if isCancelled() { throw .cancelled(file: file) }
        let head: HTTPHead
        switch outcome {
        case .whole(let answer): head = answer
        case .cut: return .cut(site: site)
        case .noConnection(let message): throw .noConnection(site: site, message: message)
        case .failed(let message):
          throw .answer(file: file, site: site, message: "gives no answer: \(message)")
        }
        if address.origin == endpoint.address.origin {
          for name in Self.ownFields where own[name] == nil { own[name] = head[name] }
        }
        if Self.isBusy(head) {
          return .busy(site: site, status: head.status, seconds: head.retryAfter())
        }
        let answer = Answer(head: head, address: address, own: own)
        guard head.isRedirect else { return .done(answer) }
        guard let next = head["Location"].flatMap(address.redirected) else {
          throw .answer(file: file, site: site, message: "redirects to what is no address")
        }
        if address.isSecure, !next.isSecure {
          throw .answer(file: file, site: site, message: "redirects from https to http")
        }
        // What other servers say about a file does not count, and they may sign addresses for GET only.
        if request.isHead, next.origin != address.origin { return .done(answer) }
        request.address = next
      }
      throw .answer(
        file: file, site: endpoint.address.site,
        message: "redirects more than \(Self.maximumRedirects) times")
    }

    /// Tries until something comes of it, or too often.
    ///
    /// - Parameters:
    ///   - file: For messages.
    ///   - received: The bytes that are there, for messages.
    func retrying<Result>(
      _ file: String, received: () -> Int, _ attempt: () throws(HubError) -> Attempt<Result>
    ) throws(HubError) -> Result {
      var (busyTries, cuts) = (0, 0)
      while true {
        switch try attempt() {
        case .done(let result):
          return result
        case .busy(let site, let status, let seconds):
          busyTries += 1
          guard busyTries < policy.busyTries else {
            throw .busy(file: file, site: site, status: status)
          }
          let wait = min(seconds ?? 1 << (busyTries - 1), policy.longestWait)
          report("\(site) is busy (status \(status)), trying again in \(wait) s")
          try sleep(wait, file)
        case .cut(let site):
          cuts += 1
          guard cuts <= policy.resumptions else {
            throw .cut(file: file, site: site, received: received())
          }
          let wait = 1 << (cuts - 1)
          report("the connection to \(site) broke, trying again in \(wait) s")
          try sleep(wait, file)
        }
      }
    }

    private func sleep(_ seconds: Int, _ file: String) throws(HubError) {
      let clock = ContinuousClock()
      let end = clock.now + policy.second * seconds
      while true {
        if isCancelled() { throw .cancelled(file: file) }
        let left = end - clock.now
        if left <= .zero { return }
        usleep(UInt32(min(left / .microseconds(1), 100_000).rounded(.up)))
      }
    }

    private static func isBusy(_ head: HTTPHead) -> Bool {
      [429, 500, 502, 503, 504].contains(head.status)
    }
  }
#endif

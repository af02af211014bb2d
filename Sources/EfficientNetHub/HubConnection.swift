internal import CGlibc
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

/// A server, by curl, with patience.
///
/// Curl's own --retry would drop what it received so far and wait as long as a server says.
struct HubConnection {
  let endpoint: HubEndpoint
  let curl: Curl
  let policy: RetryPolicy
  let isCancelled: () -> Bool
  let report: (String) -> Void
  let progress: (HubProgress) -> Void

  /// What an answer is to the one who asked.
  enum Verdict {
    case done
    /// Ask again, for another part.
    case anew
    /// The connection broke, as it turns out.
    case cut
  }

  /// Sends a request, and again where a server is busy or the connection breaks.
  ///
  /// - Parameters:
  ///   - file: For messages.
  ///   - received: The bytes that are there.
  ///   - receive: Is given the body in pieces.
  ///   - settle: Is told how every request ended, before anything else is done about it.
  ///   - judge: Says what to do with an answer that is whole, or no part of what is there.
  ///   - request: The next one.
  func answer(
    for file: String, received: () -> Int = { 0 },
    receive: (ArraySlice<UInt8>) throws(HubError) -> Void = { _ in },
    settle: (Curl.Answer) throws(HubError) -> Void = { _ in },
    judge: (Curl.Answer) throws(HubError) -> Verdict = { _ in .done },
    request: () throws(HubError) -> Curl.Request
  ) throws(HubError) -> Curl.Answer {
    var (busyTries, cuts) = (0, 0)
    let resumed = received()
    while true {
      if isCancelled() { throw .cancelled(file: file) }
      let request = try request()
      let answer = try curl.send(request, isCancelled: isCancelled, receive: receive)
      if isCancelled() { throw .cancelled(file: file) }
      try settle(answer)
      // Where a proxy does not let us through, no site has answered.
      let isProxy = answer.status == 0 && answer.proxyStatus >= 300
      let status = isProxy ? answer.proxyStatus : answer.status
      let site = isProxy ? "the proxy" : Self.site(of: answer["url"] ?? request.url)
      let isBusy = [429, 500, 502, 503, 504].contains(status)
      let isCut: Bool
      switch answer.end {
      case _ where isProxy && isBusy:
        isCut = false
      case _ where isProxy:
        throw .answer(file: file, site: site, message: "answers with status \(status)")
      case .failed:
        // Where it did not want to go is no site.
        let site = Self.site(of: request.url)
        throw .answer(file: file, site: site, message: "gives no answer: \(answer.message)")
      // Once something came, a server that is gone is a connection that broke.
      case .noConnection where received() == resumed:
        throw .noConnection(site: site, message: answer.message)
      case .noConnection, .cut:
        isCut = true
      case .whole where isBusy:
        isCut = false
      case .whole, .noRange:
        switch try judge(answer) {
        case .done: return answer
        case .anew: continue
        case .cut: isCut = true
        }
      }
      if isCut {
        cuts += 1
        guard cuts <= policy.resumptions else {
          throw .cut(file: file, site: site, received: received(), message: answer.message)
        }
        let wait = 1 << (cuts - 1)
        report("the connection to \(site) broke, trying again in \(wait) s")
        try sleep(wait, file)
      } else {
        busyTries += 1
        guard busyTries < policy.busyTries else {
          throw .busy(file: file, site: site, status: status)
        }
        let asked = answer["retry-after"].flatMap { Self.seconds(retryAfter: $0) }
        let wait = min(asked ?? 1 << (busyTries - 1), policy.longestWait)
        report("\(site) is busy (status \(status)), trying again in \(wait) s")
        try sleep(wait, file)
      }
    }
  }

  private func sleep(_ seconds: Int, _ file: String) throws(HubError) {
    let end = ContinuousClock.now + policy.second * seconds
    while true {
      if isCancelled() { throw .cancelled(file: file) }
      let left = end - ContinuousClock.now
      if left <= .zero { return }
      usleep(UInt32(min(left / .microseconds(1), 100_000).rounded(.up)))
    }
  }

  /// Seconds that a server asks to wait: so many, or until a date such as "Sun, 06 Nov 1994 08:49:37 GMT".
  ///
  /// Source: [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after), 10.2.3.
  static func seconds(retryAfter field: String, now: Int = time(nil)) -> Int? {
    if field.utf8.count <= 18, field.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      return Int(field)
    }
    var date = tm()
    guard let rest = unsafe strptime(field, "%a, %d %b %Y %H:%M:%S GMT", &date),
      unsafe rest.pointee == 0
    else { return nil }
    return max(timegm(&date) - now, 0)
  }

  /// Scheme, host and port of a URL, for instance "https://huggingface.co".
  static func site(of url: String) -> String {
    url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3)
      .joined(separator: "/")
  }
}

internal import EfficientNetSystem

/// Requests of one pull, by curl, with patience, and who is told of them.
///
/// Curl's own --retry would drop what it received so far and wait as long as a server says.
package struct HubClient {
  /// The server; what HF_ENDPOINT and HF_TOKEN name if nil.
  package var endpoint: HubEndpoint?
  package var curl = Curl()
  /// How often a request is sent again, in all.
  package var retries = 5
  /// How long a second is; tests have less time.
  package var second = Duration.seconds(1)
  /// The most bytes that weights may have: the largest EfficientNet has 1.9 GB.
  package var weightsLimit = 8 << 30
  package var isCancelled: () -> Bool = { false }
  package var report: (String) -> Void = { _ in }
  package var progress: (HubProgress) -> Void = { _ in }

  package init() {}

  /// How an attempt ended.
  enum Outcome {
    case done(Curl.Answer)
    /// Ask again, for another part.
    case anew
    /// What may go better next time: what it was, and the seconds that the server asks to wait.
    case interrupted(HubError, String, wait: Int?)
  }

  /// Repeats what a busy server or a broken connection keeps from its end.
  @discardableResult
  func repeating(_ attempt: () throws(HubError) -> Outcome) throws(HubError) -> Curl.Answer {
    var failures = 0
    while true {
      switch try attempt() {
      case .done(let answer): return answer
      case .anew: continue
      case .interrupted(let error, let notice, let asked):
        guard failures < retries else { throw error }
        let wait = min(asked ?? 1 << failures, 120)
        failures += 1
        report("\(notice), trying again in \(wait) s")
        pause(second * wait, isCancelled: isCancelled)
      }
    }
  }

  /// Sends a request once.
  func send(
    _ request: Curl.Request, for file: String,
    receive: (ArraySlice<UInt8>) throws(HubError) -> Void = { _ in }
  ) throws(HubError) -> Curl.Answer {
    if isCancelled() { throw .cancelled(file: file) }
    let answer = try curl.send(request, isCancelled: isCancelled, receive: receive)
    if isCancelled() { throw .cancelled(file: file) }
    return answer
  }

  /// What kept a server from its answer; nil if it gave one.
  ///
  /// - Parameters:
  ///   - kept: The bytes of the file that the next pull goes on from; nil if none are kept.
  ///   - goesOn: Whether bytes of the file came during this pull: a server that is gone since is a connection that broke.
  func interruption(
    _ answer: Curl.Answer, _ request: Curl.Request, for file: String, kept: Int? = nil,
    goesOn: Bool = false
  ) throws(HubError) -> Outcome? {
    // Where curl did not want to go is no site.
    let url = answer.end == .failed ? request.url : answer["url_effective"] ?? request.url
    let site = answer.proxyStatus == nil ? HubEndpoint.site(of: url) : "the proxy"
    let status = answer.proxyStatus ?? answer.status
    let isAnswered = answer.end == .answered || answer.proxyStatus != nil
    switch answer.end {
    case _ where isAnswered && [429, 500, 502, 503, 504].contains(status):
      let wait = answer["retry-after"].flatMap { Self.seconds(retryAfter: $0) }
      let notice = "\(site) is busy (status \(status))"
      let message = "\(site) is too busy (status \(status)); try again later"
      return .interrupted(.failed(download: file, message: message), notice, wait: wait)
    case _ where answer.proxyStatus != nil:
      throw .failed(download: file, message: "\(site) answers with status \(status)")
    case .answered:
      return nil
    case .failed:
      throw .failed(download: file, message: "\(site) gives no answer: \(answer.message)")
    case .noConnection where !goesOn:
      throw .noConnection(site: site, message: answer.message)
    case .noConnection, .cut:
      return cut(answer, request, for: file, kept: kept)
    }
  }

  /// A broken connection.
  ///
  /// - Parameter kept: See ``interruption(_:_:for:kept:goesOn:)``.
  func cut(
    _ answer: Curl.Answer, _ request: Curl.Request, for file: String, kept: Int?
  ) -> Outcome {
    let site = HubEndpoint.site(of: answer["url_effective"] ?? request.url)
    let notice = "the connection to \(site) broke"
    let remedy = kept.map { ", \($0) bytes are there; pull again to go on" } ?? "; pull again"
    let reason = answer.message.isEmpty ? "" : " (\(answer.message))"
    let message = "\(notice) again and again\(reason)\(remedy)"
    return .interrupted(.failed(download: file, message: message), notice, wait: nil)
  }

  /// Seconds that a server asks to wait: so many, or until a date.
  ///
  /// Source: [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after), 10.2.3.
  static func seconds(retryAfter field: String, now: Int? = nil) -> Int? {
    if field.utf8.count <= 18, field.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      return Int(field)
    }
    return secondsUntil(httpDate: field, now: now)
  }
}

internal import EfficientNetSystem

/// The requests of one pull by curl, with retries and progress reports.
///
/// Curl's own --retry would discard the bytes received so far, and would wait as long as a server
/// demands.
package struct HubClient {
  /// The server; nil selects the server of HF_ENDPOINT and the token of HF_TOKEN.
  package var endpoint: HubEndpoint?
  package var curl = Curl()
  /// The total number of retries per file.
  package var retries = 5
  /// The length of a second; tests use a shorter one.
  package var second = Duration.seconds(1)
  /// The largest size of weights in bytes; those of the largest EfficientNet have 1.9 GB.
  package var weightsLimit = 8 << 30
  package var isCancelled: () -> Bool = { false }
  package var report: (String) -> Void = { _ in }
  package var progress: (HubProgress) -> Void = { _ in }

  package init() {}

  enum Outcome {
    case done(Curl.Answer)
    /// Send the request again, for another part.
    case anew
    /// The attempt failed but may succeed later: the error, a notice, and the seconds that the
    /// server asks to wait.
    case interrupted(HubError, String, wait: Int?)
  }

  /// Repeats an attempt while a busy server or a broken connection interrupts it.
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

  /// Sends a request without retries.
  func send(
    _ request: Curl.Request, for file: String,
    receive: (ArraySlice<UInt8>) throws(HubError) -> Void = { _ in }
  ) throws(HubError) -> Curl.Answer {
    if isCancelled() { throw .cancelled(file: file) }
    let answer = try curl.send(request, isCancelled: isCancelled, receive: receive)
    if isCancelled() { throw .cancelled(file: file) }
    return answer
  }

  /// Returns the interruption that kept a server from answering, or nil if it answered.
  ///
  /// - Parameters:
  ///   - answer: The result of the request.
  ///   - file: The name of the file in messages.
  ///   - kept: The number of bytes of the file that the next pull resumes from, or nil if none are
  ///     kept.
  ///   - goesOn: Whether bytes of the file arrived during this pull. A server that is unreachable
  ///     since then counts as a broken connection.
  func interruption(
    _ answer: Curl.Answer, _ request: Curl.Request, for file: String, kept: Int? = nil,
    goesOn: Bool = false
  ) throws(HubError) -> Outcome? {
    // If curl refused an address, name the requested site instead.
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
      throw .failed(
        download: file, message: "\(site) answers with status \(status); check https_proxy")
    case .answered:
      return nil
    case .failed:
      throw .failed(download: file, message: "\(site) gives no answer: \(answer.message)")
    case .noConnection where !goesOn:
      throw .noConnection(site: site, message: answer.message)
    case .silent where !goesOn:
      throw .failed(
        download: file,
        message: "\(site) does not answer (\(answer.message)); try again later, or set HF_ENDPOINT "
          + "to another server")
    case .noConnection, .silent, .cut:
      return cut(answer, request, for: file, kept: kept)
    }
  }

  /// Returns the interruption by a broken connection.
  ///
  /// - Parameters:
  ///   - answer: The result of the request.
  ///   - file: The name of the file in messages.
  ///   - kept: The number of bytes that the next pull resumes from, or nil if none are kept.
  func cut(
    _ answer: Curl.Answer, _ request: Curl.Request, for file: String, kept: Int?
  ) -> Outcome {
    let site = HubEndpoint.site(of: answer["url_effective"] ?? request.url)
    let notice = "the connection to \(site) broke"
    let remedy = kept.map { ", \($0) bytes are kept; pull again to resume" } ?? "; pull again"
    let reason = answer.message.isEmpty ? "" : " (\(answer.message))"
    let message = "\(notice) too often\(reason)\(remedy)"
    return .interrupted(.failed(download: file, message: message), notice, wait: nil)
  }

  /// Returns the seconds that a server asks to wait, given as a number or as a date.
  ///
  /// Source: [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after), section 10.2.3.
  static func seconds(retryAfter field: String, now: Int? = nil) -> Int? {
    if field.utf8.count <= 18, field.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      return Int(field)
    }
    return secondsUntil(httpDate: field, now: now)
  }
}

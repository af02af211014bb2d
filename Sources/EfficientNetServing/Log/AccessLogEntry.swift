internal import EfficientNetCompute
internal import EfficientNetSystem

/// A request in the access log.
///
///     {"time":"2026-12-01T15:04:05.123Z","level":"info","id":"c0ffee","method":"POST",
///     "path":"/v1/classify?top=3","route":"/v1/classify","status":200,"bytes_in":110021,…}
///
/// The log has no bodies, no tokens and no values of unknown parameters. A field that a request does
/// not have is missing.
package struct AccessLogEntry: Sendable {
  /// The arrival in milliseconds since 1970.
  package var time: Int64
  package var id: String
  package var method: String
  /// The path with its query, as the request has it.
  package var target: String
  /// The path with placeholders; nil if no route has the path.
  package var route: String?
  package var status: Int
  /// The bytes of the bodies of the request and of the answer.
  package var bytesIn = 0
  package var bytesOut = 0
  package var duration: Duration
  /// The times of all photos together; nil without one.
  package var times: PhotoTimes?
  package var model: String?
  package var photos: Int?
  /// The client's address.
  package var client: String?
  /// The name of the client's token.
  package var user: String?
  package var userAgent: String?
  /// The trace's number in the header traceparent.
  package var traceID: String?
  /// The reason of a refusal.
  package var error: String?

  /// Creates an entry without the optional fields.
  package init(
    time: Int64, id: String, method: String, target: String, status: Int, duration: Duration
  ) {
    (self.time, self.id, self.method) = (time, id, method)
    (self.target, self.status, self.duration) = (target, status, duration)
  }

  /// The entry in one line, without a line break.
  package func line(_ format: LogFormat) -> String {
    switch format {
    case .json: json
    case .text: text.oneLine
    }
  }

  private var json: String {
    var line = JSONLine()
    line.add("time", logTime(time))
    line.add("level", LogLevel.of(status: status).rawValue)
    line.add("id", id)
    line.add("method", method.shortened(to: 32))
    line.add("path", path)
    line.add("route", route)
    line.add("status", status)
    line.add("bytes_in", bytesIn)
    line.add("bytes_out", bytesOut)
    line.add("duration_ms", duration)
    line.add("queue_ms", times?.queue)
    line.add("decode_ms", times?.decode)
    line.add("compute_ms", times?.compute)
    line.add("model", model)
    line.add("photos", photos)
    line.add("client", client)
    line.add("user", user)
    line.add("user_agent", userAgent?.shortened(to: 256))
    line.add("trace_id", traceID)
    line.add("error", error?.shortened(to: 1024))
    return line.text
  }

  private var text: String {
    var text = "\(logTime(time)) \(status) \(method.shortened(to: 32)) \(path)"
    text += " \(duration.milliseconds) ms"
    if let times {
      text += " (queue \(times.queue.milliseconds), decode \(times.decode.milliseconds),"
      text += " compute \(times.compute.milliseconds))"
    }
    if let model { text += " \(model)" }
    if let photos, photos != 1 { text += " \(photos) photos" }
    if let user { text += " \(user)" }
    if let error { text += ": \(error.shortened(to: 1024))" }
    return text
  }

  /// The parameters whose values the log shows.
  private static let knownParameters: Set<Substring> = [
    "class", "method", "model", "normalize", "similar", "stage", "top",
  ]

  /// The target with "…" in place of unknown parameters, which may be secrets.
  private var path: String {
    let target = target.shortened(to: 1024)
    guard let mark = target.firstIndex(of: "?") else { return target }
    let parameters = target[target.index(after: mark)...].split(separator: "&").map { parameter in
      let name = parameter.prefix { $0 != "=" }
      return Self.knownParameters.contains(name) ? parameter : "…"
    }
    return "\(target[..<mark])?\(parameters.joined(separator: "&"))"
  }
}

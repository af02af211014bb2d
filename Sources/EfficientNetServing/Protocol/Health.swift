/// The answer of `GET /v2/health/live` and `GET /v2/health/ready`.
///
/// KServe's client reads the field of its path; others read the status of HTTP. The protocol's
/// description names the field of both paths "live". With both fields, every client is served.
package struct Health: Hashable, Sendable, Encodable {
  /// Whether the server runs.
  package var live: Bool
  /// Nil in the answer of the path "live".
  package var ready: Bool?
  /// The reason why the server is not ready.
  package var error: String?
}

/// The answer of `GET /v2/models/M/ready`.
package struct ModelReadiness: Hashable, Sendable, Encodable {
  /// The name of the model.
  package var name: String
  /// Whether the model can be used.
  package var ready: Bool
}

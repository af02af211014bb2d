/// An element of the answer of `POST /v2/repository/index`, which is a list.
///
/// Source: [model repository
/// extension](https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md).
package struct RepositoryEntry: Hashable, Sendable, Encodable {
  /// The name of the model.
  package var name: String
  /// The version.
  package var version: String
  /// Whether the version can be used.
  package var state: State
  /// The reason of the state, such as the error of loading; empty for none.
  package var reason: String

  /// The states of a model, by their names in the protocol.
  package enum State: String, Hashable, Sendable, Encodable {
    /// The server has not tried to load it.
    case unknown = "UNKNOWN"
    /// It can be used.
    case ready = "READY"
    /// It could not be loaded, or is no longer served.
    case unavailable = "UNAVAILABLE"
    /// It is being loaded.
    case loading = "LOADING"
    /// Its last requests are running.
    case unloading = "UNLOADING"
  }
}

/// The body of `POST /v2/repository/index`.
package struct RepositoryIndexRequest: Hashable, Sendable {
  /// Whether the client wants only the models that are ready.
  package var isReadyOnly = false

  /// Reads the body, which may be empty.
  ///
  /// - Throws: `RequestError` with status 400.
  package init(body: [UInt8]) throws(RequestError) {
    guard !body.isEmpty else { return }
    var reader = JSONReader(body)
    var isReadyOnly = false
    try reader.object { (reader, key) throws(RequestError) in
      if key == "ready", !reader.null() {
        isReadyOnly = try reader.boolean()
      } else if key != "ready" {
        try reader.skip()
      }
    }
    try reader.finish()
    self.isReadyOnly = isReadyOnly
  }
}

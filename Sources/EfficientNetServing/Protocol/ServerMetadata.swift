/// The answer of `GET /v2`. The answers of these files are encoded in snake case.
package struct ServerMetadata: Hashable, Sendable, Encodable {
  /// The name of the server.
  package var name: String
  /// The version of the server, such as "1.2.0".
  package var version: String
  /// The extensions of the protocol that the server has, such as "binary_tensor_data".
  package var extensions: [String]
}

/// The answer of `GET /v2/models`, a path of KServe's.
package struct ModelNames: Hashable, Sendable, Encodable {
  /// The names of the models.
  package var models: [String]
}

/// The answer of a request that is refused or that failed.
package struct ErrorAnswer: Hashable, Sendable, Encodable {
  /// The message of the ``RequestError``.
  package var error: String
}

/// The body of `POST /v2/repository/models/M/load`.
enum RepositoryLoadRequest {
  /// Checks the body, which is empty or has no parameters: models are loaded from where they were.
  ///
  /// - Throws: `RequestError` with status 400.
  static func check(_ body: [UInt8]) throws(RequestError) {
    guard !body.isEmpty else { return }
    var reader = JSONReader(body)
    try reader.object { (reader, key) throws(RequestError) in
      guard key == "parameters" else { return try reader.skip() }
      let parameters = try reader.parameters()
      guard let name = parameters.keys.sorted().first else { return }
      throw .invalid(
        "parameters has \(RequestError.quoted(name)); loading takes no parameters on this server")
    }
    try reader.finish()
  }
}

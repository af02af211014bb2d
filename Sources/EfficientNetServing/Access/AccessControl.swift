/// The rules for access to the server.
///
/// Without client tokens, every client has access. Administration, such as to reload a model, always needs an
/// administration token, which is a client token too.
package struct AccessControl: Sendable {
  /// The value of WWW-Authenticate for answers with status 401.
  package static let challenge = "Bearer realm=\"effnet\""

  private let clients: Tokens?
  private let administrators: Tokens?

  /// Creates rules; nil for no tokens.
  package init(clients: Tokens? = nil, administrators: Tokens? = nil) {
    (self.clients, self.administrators) = (clients, administrators)
  }

  /// Checks a request to a route for clients.
  ///
  /// - Parameter authorization: The header Authorization; nil without one.
  /// - Returns: The holder of the token; nil if the server needs none and the request has none.
  /// - Throws: ``RequestError`` with status 401.
  package func checkClient(authorization: String?) throws(RequestError) -> Tokens.Holder? {
    let holder = holder(of: administrators, authorization) ?? holder(of: clients, authorization)
    guard clients == nil || holder != nil else { throw Self.unauthorized(authorization) }
    return holder
  }

  /// Checks a request to a route for administration.
  ///
  /// - Parameter authorization: The header Authorization; nil without one.
  /// - Returns: The holder of the administration token.
  /// - Throws: ``RequestError``: 401 without a known token, 403 with a client's token and if the
  ///   server has no administration tokens.
  package func checkAdministrator(authorization: String?) throws(RequestError) -> Tokens.Holder {
    guard let administrators else {
      throw RequestError(
        status: 403, message: "administration is off: the server has no administration tokens")
    }
    if let holder = holder(of: administrators, authorization) { return holder }
    guard holder(of: clients, authorization) == nil else {
      throw RequestError(
        status: 403, message: "the token is a client's; this path needs an administration token")
    }
    throw Self.unauthorized(authorization)
  }

  private func holder(of tokens: Tokens?, _ authorization: String?) -> Tokens.Holder? {
    guard let tokens, let authorization else { return nil }
    return tokens.holder(authorization: authorization)
  }

  private static func unauthorized(_ authorization: String?) -> RequestError {
    RequestError(
      status: 401,
      message: authorization == nil
        ? "this path needs a token; send 'Authorization: Bearer <token>'"
        : "the token is not known; send 'Authorization: Bearer <token>'")
  }
}

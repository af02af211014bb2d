/// The head of a request, without its body.
package struct RequestHead: Sendable {
  /// The method, such as "POST".
  package let method: String
  /// The path without the query, as it was sent.
  package let path: String
  /// The parts of the path, decoded. A slash at the end does not count.
  let segments: [String]
  /// The fields of the query, decoded, in order.
  let query: [(name: String, value: String)]
  /// The path with the query, as it was sent.
  let target: String
  /// The identifiers of the request.
  let identifier: RequestIdentifier
  /// The address of the client, without its port.
  package let client: String
  /// The time at which the head arrived.
  package let arrival = ContinuousClock.now
  private let fields: [(name: String, value: String)]

  /// Creates a head.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - target: The path with the query.
  ///   - fields: The fields of the head, in order.
  ///   - client: The address of the client.
  package init(method: String, target: String, fields: [(String, String)], client: String) {
    (self.method, self.client) = (method, client)
    self.target = target
    self.fields = fields.map { ($0.lowercased(), $1) }
    func value(_ name: String) -> String? { fields.first { $0.0.lowercased() == name }?.1 }
    identifier = RequestIdentifier(
      requestID: value("x-request-id"), traceparent: value("traceparent"))
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = String(parts[0])
    segments = path.split(separator: "/").map { Self.decoded(String($0)) }
    query = (parts.count > 1 ? parts[1] : "").split(separator: "&").map { field in
      let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map { Self.decoded(String($0.replacing("+", with: " "))) }
      return (pair[0], pair.count > 1 ? pair[1] : "")
    }
  }

  /// Decodes percent signs. Text with wrong ones, or whose bytes are not UTF-8, stays as it is.
  private static func decoded(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
    var (bytes, rest): ([UInt8], _) = ([], text.utf8[...])
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      guard digits.utf8.count == 2, !digits.hasPrefix("+"), let value = UInt8(digits, radix: 16)
      else { return text }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self) ?? text
  }

  /// Returns the value of a field of the head; the values of several fields, separated by commas; nil
  /// if there is none.
  ///
  /// - Parameter name: The name in lowercase.
  package subscript(name: String) -> String? {
    let values = fields.filter { $0.name == name }.map(\.value)
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }

  /// Returns the fields of the query by name.
  ///
  /// - Parameter names: The names that the route knows.
  /// - Throws: ``RequestError`` with status 400 for another name, or one that is there twice.
  func query(_ names: [String]) throws(RequestError) -> [String: String] {
    var values: [String: String] = [:]
    for (name, value) in query {
      guard names.contains(name) else {
        throw RequestError(
          status: 400,
          message: "the query has the unknown field '\(name.prefix(100))'; "
            + (names.isEmpty
              ? "it must be empty" : "the fields are \(names.joined(separator: ", "))"))
      }
      guard values.updateValue(value, forKey: name) == nil else {
        throw RequestError(status: 400, message: "the query has '\(name)' twice; send it once")
      }
    }
    return values
  }
}

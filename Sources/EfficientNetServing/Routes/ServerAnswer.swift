internal import EfficientNet

/// The answer to a request.
package struct ServerAnswer: Sendable {
  package var status = 200
  /// The fields of the head, without those of the connection.
  package var fields: [(String, String)] = []
  package var body: [UInt8] = []
  /// The model that answered; nil if none did.
  var model: String?
  /// The photos that were computed, and their times together.
  var photos: Int?
  var times: PhotoTimes?
  /// The reason of a refusal.
  var problem: String?

  /// An answer that was decided by the head of a request; its body is not needed.
  package struct Early: Error {
    package let answer: ServerAnswer

    package init(answer: ServerAnswer) { self.answer = answer }
  }

  init(_ body: [UInt8], type: String) {
    (self.body, fields) = (body, [("Content-Type", type)])
  }

  /// Whether compression makes the body smaller.
  var isCompressible: Bool {
    fields.contains {
      $0.0 == "Content-Type" && ($0.1.hasPrefix("text/") || $0.1.hasSuffix("json"))
    }
  }

  /// An answer in JSON.
  init(json value: some Encodable) throws {
    self.init(Array(try encodedJSON(value).utf8), type: "application/json")
  }

  /// The answer to a request that is refused.
  init(_ error: RequestError) {
    struct Body: Encodable { let error: String }
    // Encoding a string does not fail.
    let json = (try? encodedJSON(Body(error: error.message))) ?? "{}"
    self.init(Array(json.utf8), type: "application/json")
    (status, problem) = (error.status, error.message)
    if let seconds = error.retryAfter { fields.append(("Retry-After", "\(seconds)")) }
  }
}

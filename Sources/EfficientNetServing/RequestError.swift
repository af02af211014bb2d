/// A refusal of a request: the status of HTTP and the message for the client.
package struct RequestError: Error, Hashable {
  /// The status, such as 413.
  package var status: Int
  /// What is wrong, the value, and the remedy, in one line.
  package var message: String
  /// The seconds after which the client may try again, for the header Retry-After; nil without one.
  package var retryAfter: Int? = nil

  /// Creates an error.
  package init(status: Int, message: String, retryAfter: Int? = nil) {
    (self.status, self.message, self.retryAfter) = (status, message, retryAfter)
  }
}

internal import EfficientNetCompute

extension RequestError {
  /// Returns a refusal with status 400.
  static func invalid(_ message: String) -> RequestError {
    RequestError(status: 400, message: message)
  }

  /// Returns the value of a closure; its errors name the place, such as "input 'image': …".
  static func naming<Value>(
    _ place: @autoclosure () -> String, _ body: () throws(RequestError) -> Value
  ) throws(RequestError) -> Value {
    do {
      return try body()
    } catch {
      var named = error
      named.message = "\(place()): \(error.message)"
      throw named
    }
  }

  /// Returns a text of the client in quotation marks, on one line and with at most 100 characters.
  static func quoted(_ text: String) -> String { "'\(text.shortened(to: 100).oneLine)'" }
}

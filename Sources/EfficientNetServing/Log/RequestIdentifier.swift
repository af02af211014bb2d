/// The identifiers by which logs of several servers find a request.
package struct RequestIdentifier: Hashable, Sendable {
  /// The client's X-Request-Id, or 32 random hexadecimal digits. The answer and the log have it.
  package let id: String
  /// The trace's number of the header traceparent: 32 hexadecimal digits; nil without a valid one.
  package let traceID: String?

  /// Creates identifiers from headers; nil for a header that the request does not have.
  package init(requestID: String?, traceparent: String?) {
    id = requestID.flatMap { Self.isSafe($0) ? $0 : nil } ?? Self.random()
    traceID = traceparent.flatMap(Self.traceID)
  }

  /// Whether an id has 1 to 128 bytes of [A-Za-z0-9._-], so that it needs no escapes anywhere.
  private static func isSafe(_ id: String) -> Bool {
    1...128 ~= id.utf8.count
      && id.utf8.allSatisfy { $0.isAlphanumeric || "._-".utf8.contains($0) }
  }

  private static func random() -> String {
    let bits = UInt128.random(in: .min ... .max)
    let digits = String(bits, radix: 16)
    return String(repeating: "0", count: 32 - digits.utf8.count) + digits
  }

  /// Returns the trace's number in "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".
  ///
  /// Source: W3C [Trace Context](https://www.w3.org/TR/trace-context/#traceparent-header), 3.2.
  private static func traceID(_ traceparent: String) -> String? {
    let fields = traceparent.utf8.split(
      separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard fields.count >= 4, fields.prefix(4).map(\.count) == [2, 32, 16, 2],
      fields.prefix(4).allSatisfy({ $0.allSatisfy(isHexadecimal) })
    else { return nil }
    let (version, trace, parent) = (fields[0], fields[1], fields[2])
    let isZero = { (field: Substring.UTF8View) in field.allSatisfy { $0 == UInt8(ascii: "0") } }
    // Later versions may have more fields; version ff is invalid.
    guard !version.elementsEqual("ff".utf8), !isZero(version) || fields.count == 4,
      !isZero(trace), !isZero(parent)
    else { return nil }
    return String(Substring(trace))
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
  }
}

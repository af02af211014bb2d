/// The parts of a body of type multipart/form-data, such as `curl -F photo=@cat.jpg` sends.
///
/// A line that only begins like the boundary belongs to the part. Text before the first boundary
/// and after the last one is ignored.
///
/// Source: [RFC 7578](https://www.rfc-editor.org/rfc/rfc7578) and
/// [RFC 2046](https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1), 5.1.1.
package struct Multipart: Sendable {
  /// The limits of a body.
  package struct Limits: Hashable, Sendable {
    /// The maximum number of parts.
    package var parts: Int
    /// The maximum number of bytes of the headers of a part, with the empty line after them.
    package var headerBytes: Int

    /// Creates limits.
    package init(parts: Int = 256, headerBytes: Int = 8192) {
      (self.parts, self.headerBytes) = (parts, headerBytes)
    }
  }

  /// The parts in their order.
  package private(set) var parts: [Part] = []

  /// Finds the parts; their bodies are not copied.
  ///
  /// - Parameter contentType: The request's Content-Type, which names the boundary.
  /// - Throws: ``RequestError``: 400 for a malformed body, 413 beyond a limit.
  package init(
    _ body: [UInt8], contentType: String, limits: Limits = Limits()
  ) throws(RequestError) {
    let boundary = try Self.boundary(of: contentType)
    let line = Array("--\(boundary)".utf8)
    guard
      var delimiter = Delimiter(line, at: 0, lineBreak: 0, in: body)
        ?? Delimiter(first: line, after: 0, in: body)
    else {
      throw RequestError(
        status: 400,
        message: "the body has no line '--\(boundary)' that ends in CR LF, so it has no parts")
    }
    while !delimiter.isLast {
      let number = parts.count + 1
      guard number <= limits.parts else {
        throw RequestError(
          status: 413, message: "the body has more than \(limits.parts) parts; send fewer")
      }
      let start = try Self.endOfHeaders(of: number, from: delimiter.end, in: body, limits)
      // The line break of the empty line is also that of the boundary if the part has no body.
      guard let next = Delimiter(first: line, after: start - 2, in: body) else {
        throw RequestError(
          status: 400,
          message: "part \(number) does not end; the last line must be '--\(boundary)--'")
      }
      parts.append(
        try Part(
          headers: body[delimiter.end..<start], body: body[start..<max(start, next.start)],
          number: number))
      delimiter = next
    }
  }

  /// Returns the boundary that a Content-Type names.
  private static func boundary(of contentType: String) throws(RequestError) -> String {
    let header = try HeaderValue(contentType.utf8, of: "Content-Type")
    guard let boundary = header.parameters["boundary"] else {
      throw RequestError(
        status: 400,
        message: "Content-Type has no boundary; let the client's library write this header")
    }
    let isValid =
      1...70 ~= boundary.utf8.count && boundary.last != " "
      && boundary.utf8.allSatisfy { $0.isAlphanumeric || "'()+_,-./:=? ".utf8.contains($0) }
    guard isValid else {
      throw RequestError(
        status: 400,
        message: "the boundary \(boundary.inQuotes) is invalid; use 1 to 70 letters and digits")
    }
    return boundary
  }

  /// Returns the place after the empty line that ends a part's headers.
  private static func endOfHeaders(
    of part: Int, from start: Int, in body: [UInt8], _ limits: Limits
  ) throws(RequestError) -> Int {
    let window = body[start...].prefix(limits.headerBytes)
    // Without headers, the part begins with the empty line.
    if window.starts(with: lineBreak) { return start + 2 }
    var index = start
    while let place = window[index...].firstIndex(of: lineBreak[0]) {
      if window[place...].starts(with: lineBreak + lineBreak) { return place + 4 }
      index = place + 1
    }
    if window.count == limits.headerBytes {
      throw RequestError(
        status: 413,
        message: "part \(part) has more than \(limits.headerBytes) bytes of headers")
    }
    throw RequestError(
      status: 400, message: "the headers of part \(part) do not end with an empty line")
  }

  /// CR LF.
  static let lineBreak: [UInt8] = [0x0D, 0x0A]
}

/// A line with the boundary, which separates two parts or ends the last one.
private struct Delimiter {
  /// The place of the line break before it, and the place after its own line break.
  let start, end: Int
  let isLast: Bool

  /// Finds the first delimiter whose line break begins at `place` or later.
  init?(first line: [UInt8], after place: Int, in body: [UInt8]) {
    // No byte is examined often, because a boundary has no CR.
    for index in place..<max(place, body.count - 1)
    where body[index] == Multipart.lineBreak[0] && body[index + 1] == Multipart.lineBreak[1] {
      if let delimiter = Delimiter(line, at: index + 2, lineBreak: index, in: body) {
        self = delimiter
        return
      }
    }
    return nil
  }

  /// Reads the delimiter at `place`; nil if there is none.
  init?(_ line: [UInt8], at place: Int, lineBreak: Int, in body: [UInt8]) {
    guard body[place...].starts(with: line) else { return nil }
    var rest = body[(place + line.count)...]
    isLast = rest.starts(with: "--".utf8)
    if isLast { rest.removeFirst(2) }
    rest = rest.drop(while: \.isBlank)
    if rest.starts(with: Multipart.lineBreak) {
      end = rest.startIndex + 2
    } else if isLast, rest.isEmpty {
      end = rest.startIndex
    } else {
      return nil
    }
    start = lineBreak
  }
}

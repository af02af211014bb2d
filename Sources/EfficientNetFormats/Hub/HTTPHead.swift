#if Tools
  internal import Glibc

  /// The status and the header fields of an HTTP answer.
  struct HTTPHead {
    /// For instance 404.
    let status: Int
    /// Whether the protocol itself marks the end of every body, as HTTP/2 does and HTTP/1 does not.
    private let marksEnds: Bool
    private var fields: [String: String] = [:]

    /// Reads a status line and the lines after it; nil if they are none.
    init?(_ lines: [Substring]) {
      let words = (lines.first ?? "").split(separator: " ")
      guard words.count >= 2, words[0].hasPrefix("HTTP/"), words[1].utf8.count == 3,
        let status = Int(words[1]), (100...599).contains(status)
      else { return nil }
      self.status = status
      marksEnds = !words[0].hasPrefix("HTTP/1")
      for line in lines.dropFirst() {
        guard let colon = line.firstIndex(of: ":") else { continue }
        let value = line[line.index(after: colon)...]
          .drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        fields[line[..<colon].lowercased()] = String(value)
      }
    }

    /// The value of a header field; the case of its name does not matter.
    subscript(_ name: String) -> String? { fields[name.lowercased()] }

    /// Whether the answer is elsewhere.
    var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }

    /// The bytes of the body, if the answer says so.
    var contentLength: Int? { self["Content-Length"].flatMap(Self.count) }

    /// Whether the end of the body can be told from a broken connection.
    var isDelimited: Bool {
      marksEnds || self["Content-Length"] != nil || self["Transfer-Encoding"] != nil
    }

    /// Which bytes of how many the body is, of a field such as "bytes 100-199/200".
    var contentRange: (first: Int, last: Int, total: Int?)? {
      guard let field = self["Content-Range"], field.lowercased().hasPrefix("bytes ") else {
        return nil
      }
      let parts = field.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
      let ends = (parts.first ?? "").split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 2, ends.count == 2, let first = Self.count(ends[0]),
        let last = Self.count(ends[1]), first <= last
      else { return nil }
      if parts[1] == "*" { return (first, last, nil) }
      guard let total = Self.count(parts[1]), last < total else { return nil }
      return (first, last, total)
    }

    /// Seconds that the server asks to wait, in whichever form.
    ///
    /// Source: [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after), 10.2.3.
    func retryAfter(now: Int = time(nil)) -> Int? {
      guard let field = self["Retry-After"] else { return nil }
      if let seconds = Self.count(field) { return seconds }
      return Self.seconds(ofDate: field).map { max($0 - now, 0) }
    }

    /// A number of digits only, below 10¹⁸.
    private static func count(_ text: some StringProtocol) -> Int? {
      guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
      else { return nil }
      return Int(text)
    }

    /// Seconds since 1970 of a date such as "Sun, 06 Nov 1994 08:49:37 GMT".
    private static func seconds(ofDate text: String) -> Int? {
      let words = text.split(separator: " ")
      let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
      ]
      guard words.count == 6, words[5] == "GMT", let day = Int32(words[1]), (1...31).contains(day),
        let month = months.firstIndex(of: String(words[2])), let year = Int32(words[3]),
        (1970...9999).contains(year)
      else { return nil }
      let clock = words[4].split(separator: ":").compactMap { Int32($0) }
      guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]),
        (0...60).contains(clock[2])
      else { return nil }
      var date = tm()
      (date.tm_year, date.tm_mon, date.tm_mday) = (year - 1900, Int32(month), day)
      (date.tm_hour, date.tm_min, date.tm_sec) = (clock[0], clock[1], clock[2])
      return timegm(&date)
    }
  }

  /// Finds the head of an answer in a stream of bytes.
  struct HTTPHeadReader {
    /// The most bytes that heads may have: those of Hugging Face have about 3 KB.
    private static let limit = 1 << 18

    private var line: [UInt8] = []
    private var lines: [Substring] = []
    private var count = 0

    /// What the bytes are that were given so far.
    enum Progress {
      /// The head is not whole yet.
      case incomplete
      /// No head of an HTTP answer.
      case malformed
      /// A head; the body starts with these bytes.
      case whole(HTTPHead, ArraySlice<UInt8>)
    }

    /// Takes the next bytes.
    mutating func read(_ bytes: ArraySlice<UInt8>) -> Progress {
      for (index, byte) in zip(bytes.indices, bytes) {
        count += 1
        if count > Self.limit { return .malformed }
        guard byte == UInt8(ascii: "\n") else {
          line.append(byte)
          continue
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        if !line.isEmpty {
          lines.append(Substring(decoding: line, as: UTF8.self))
          line.removeAll(keepingCapacity: true)
          continue
        }
        guard let head = HTTPHead(lines) else { return .malformed }
        lines = []
        // "100 Continue" and its like come before the answer.
        if head.status >= 200 { return .whole(head, bytes[(index + 1)...]) }
      }
      return .incomplete
    }
  }
#endif

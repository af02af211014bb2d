extension Multipart {
  /// A part: a photo or a text field.
  package struct Part: Sendable {
    /// The name of the field.
    package let name: String
    /// The file's name on the client; nil without one.
    package let fileName: String?
    /// The media type in lower case, without parameters; nil without one.
    package let contentType: String?
    /// The bytes, which share the storage of the request's body.
    package let body: ArraySlice<UInt8>

    /// Reads a part.
    ///
    /// - Parameters:
    ///   - headers: The lines of headers with the empty line after them.
    ///   - number: The number of the part from 1, for messages.
    init(
      headers: ArraySlice<UInt8>, body: ArraySlice<UInt8>, number: Int
    ) throws(RequestError) {
      func refuse(_ reason: String) -> RequestError {
        RequestError(status: 400, message: "part \(number) \(reason)")
      }
      var values: [String: ArraySlice<UInt8>] = [:]
      for line in Self.lines(headers) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
          line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") })
        else {
          throw refuse("has a malformed header: \(String(decoding: line, as: UTF8.self).inQuotes)")
        }
        let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
        guard values.updateValue(line[(colon + 1)...], forKey: name) == nil else {
          throw refuse("has the header \(name.inQuotes) twice")
        }
      }
      func value(_ name: String) throws(RequestError) -> HeaderValue? {
        guard let bytes = values[name.lowercased()] else { return nil }
        return try HeaderValue(bytes, of: "\(name) of part \(number)")
      }

      guard let disposition = try value("Content-Disposition"), disposition.value == "form-data",
        let name = disposition.parameters["name"]
      else { throw refuse("has no 'Content-Disposition: form-data; name=\"…\"'") }
      if let encoding = try value("Content-Transfer-Encoding")?.value,
        !["binary", "8bit", "7bit"].contains(encoding)
      {
        throw refuse("has the transfer encoding \(encoding.inQuotes); send the bytes as they are")
      }
      contentType = try value("Content-Type")?.value
      if contentType?.hasPrefix("multipart/") == true {
        throw refuse("is multipart itself; send each photo as a part of the request")
      }
      if let encoded = disposition.parameters["filename*"] {
        // RFC 7578 forbids this form, but old clients send it for names that are not ASCII.
        guard let decoded = Self.fileName(encoded) else {
          throw refuse("has an invalid file name: \(encoded.inQuotes)")
        }
        fileName = decoded
      } else {
        fileName = disposition.parameters["filename"]
      }
      (self.name, self.body) = (name, body)
    }

    /// Returns the lines before the empty one.
    private static func lines(_ headers: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
      var (lines, rest): ([ArraySlice<UInt8>], _) = ([], headers)
      while let end = rest.firstRange(of: lineBreak)?.lowerBound, end > rest.startIndex {
        lines.append(rest[..<end])
        rest = rest[(end + 2)...]
      }
      return lines
    }

    /// Decodes a name such as `UTF-8''%C3%A4.jpg`; nil for another form.
    ///
    /// Source: [RFC 8187](https://www.rfc-editor.org/rfc/rfc8187#section-3.2), 3.2.
    private static func fileName(_ text: String) -> String? {
      let fields = text.utf8.split(
        separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3, String(Substring(fields[0])).lowercased() == "utf-8" else {
        return nil
      }
      var (bytes, rest): ([UInt8], _) = ([], fields[2])
      while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
          bytes.append(byte)
          continue
        }
        guard let high = rest.popFirst()?.hexadecimalValue,
          let low = rest.popFirst()?.hexadecimalValue
        else { return nil }
        bytes.append(high << 4 | low)
      }
      return String(validating: bytes, as: UTF8.self)
    }
  }
}

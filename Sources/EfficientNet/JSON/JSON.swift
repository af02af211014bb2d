internal import EfficientNetSystem
internal import FoundationEssentials

/// Encodes a value as JSON with sorted field names.
///
/// Control characters are escaped, also those that JSON allows, such as U+202E: a name from a file
/// neither controls the terminal nor changes the direction of the text around it.
///
/// - Parameters:
///   - isPretty: Whether the JSON has one line per field instead of a single line.
///   - isSnakeCase: Whether field names are converted to snake case.
/// - Throws: `EncodingError`, for instance for a number that is not finite.
package func encodedJSON(
  _ value: some Encodable, isPretty: Bool = false, isSnakeCase: Bool = false
) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
  if isSnakeCase { encoder.keyEncodingStrategy = .convertToSnakeCase }
  let json = String(decoding: try encoder.encode(value), as: UTF8.self)
  // The encoder escapes those below; what is left of them are the line breaks of pretty JSON.
  func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x7F && scalar.isControl }
  guard json.unicodeScalars.contains(where: mustBeEscaped) else { return json }
  var escaped = String.UnicodeScalarView()
  for scalar in json.unicodeScalars {
    if mustBeEscaped(scalar) {
      // All of them have at most four digits.
      escaped += "\\u\(String(0x10000 + scalar.value, radix: 16).dropFirst())".unicodeScalars
    } else {
      escaped.append(scalar)
    }
  }
  return String(escaped)
}

/// Decodes JSON and refuses repeated fields and commas after the last element.
///
/// - Parameter userInfo: Values for the `userInfo` of the decoder.
/// - Throws: `FieldError` with the problem in a few words.
package func decodedJSON<Value: Decodable>(
  _ json: [UInt8], userInfo: [CodingUserInfoKey: any Sendable] = [:]
) throws(FieldError) -> Value {
  let decoder = JSONDecoder()
  decoder.userInfo = userInfo
  do {
    try refuseSilentMistakes(in: json)
    return try decoder.decode(Value.self, from: Data(json))
  } catch {
    throw FieldError((error as? DecodingError)?.summary ?? "\(error)")
  }
}

/// Refuses JSON with a mistake that decoders accept silently: an object that has the same field
/// twice, of which decoders take one value, and a comma after the last element of an object or
/// array.
///
/// The decoder reports text that is not JSON.
///
/// - Throws: `DecodingError` that names the field, or the place of the comma.
package func refuseSilentMistakes(in json: [UInt8]) throws {
  /// The fields seen in each open object; nil for an array.
  var open: [Set<[UInt8]>?] = []
  var expectsKey = false
  /// The index of a comma that only white space follows so far.
  var comma: Int?
  var rest = json[...]
  while let byte = rest.popFirst() {
    if " \t\r\n".utf8.contains(byte) { continue }
    if let comma, byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
      let bracket = UnicodeScalar(byte)
      throw DecodingError.field(
        "\(place(of: comma, in: json)) has a comma before '\(bracket)'; remove the comma")
    }
    comma = byte == UInt8(ascii: ",") ? rest.startIndex - 1 : nil
    switch byte {
    case UInt8(ascii: "{"):
      open.append([])
      expectsKey = true
    case UInt8(ascii: "["):
      open.append(nil)
      expectsKey = false
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      _ = open.popLast()
      expectsKey = false
    case UInt8(ascii: ","):
      expectsKey = open.last.map { $0 != nil } ?? false
    case UInt8(ascii: "\""):
      let string = text(&rest)
      guard expectsKey, let last = open.indices.last else { continue }
      expectsKey = false
      guard open[last]?.insert(string).inserted == false else { continue }
      throw DecodingError.field(
        "the field \(WeightsError.quoted(String(decoding: string, as: UTF8.self))) is given twice")
    default: break
    }
  }
}

/// Returns the place of a byte in a text, such as "line 6, column 3"; columns count characters.
private func place(of index: Int, in text: [UInt8]) -> String {
  let lines = text[..<index].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  let line = String(decoding: lines.last ?? [], as: UTF8.self)
  return "line \(lines.count), column \(line.unicodeScalars.count + 1)"
}

/// Returns the contents of a string, without its quotation marks and with its escapes resolved. The
/// opening quotation mark has been read already.
private func text(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
  var bytes: [UInt8] = []
  var hasEscapes = false
  while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
    bytes.append(byte)
    guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else { continue }
    hasEscapes = true
    bytes.append(next)
  }
  guard hasEscapes,
    let text = try? JSONDecoder().decode(String.self, from: Data([0x22] + bytes + [0x22]))
  else { return bytes }
  return Array(text.utf8)
}

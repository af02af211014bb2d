internal import FoundationEssentials

/// Refuses JSON in which an object has a field twice: decoders take one of them, and say nothing of the other.
///
/// What is no JSON is left to the decoder.
///
/// - Throws: `DecodingError` that names the field.
package func refuseRepeatedFields(in json: [UInt8]) throws {
  /// The fields of the objects that are open; nil for arrays.
  var open: [Set<[UInt8]>?] = []
  var expectsKey = false
  var rest = json[...]
  while let byte = rest.popFirst() {
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
        "the field \(WeightsError.quoted(String(decoding: string, as: UTF8.self))) comes twice")
    default: break
    }
  }
}

/// The rest of a string behind its first quotation mark, up to the second one, with its escapes resolved.
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

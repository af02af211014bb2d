/// Reads HTML as our reports write it, and reports errors that a browser would have to repair.
package struct MarkupChecker {
  /// The errors, in the order of the text.
  package private(set) var complaints: [String] = []
  /// The names of all elements, in order.
  package private(set) var elements: [String] = []
  /// All attributes, in order.
  package private(set) var attributes: [(name: String, value: String)] = []
  private var open: [String] = []
  private var rest: Substring

  private static let void: Set = ["meta", "br", "img", "wbr"]
  private static let entities: Set = ["amp", "lt", "gt", "quot", "#39"]

  package init(_ text: String) {
    // A combining character at a bracket would hide the bracket from Swift, but not from a browser.
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where !scalar.properties.isGraphemeExtend {
      scalars.append(scalar)
    }
    rest = Substring(String(scalars))
    if rest.hasPrefix("<!DOCTYPE html>") { rest.removeFirst("<!DOCTYPE html>".count) }
    while let next = rest.first {
      if next == "<" {
        tag()
      } else {
        check(text: rest.prefix { $0 != "<" })
        rest = rest.drop { $0 != "<" }
      }
    }
    if !open.isEmpty { complaints.append("not closed: \(open)") }
  }

  private mutating func tag() {
    rest.removeFirst()
    if rest.first == "/" {
      let name = String(rest.dropFirst().prefix { $0 != ">" })
      rest = rest.drop { $0 != ">" }.dropFirst()
      if open.last == name {
        open.removeLast()
      } else {
        complaints.append("</\(name)> inside \(open)")
      }
      return
    }
    let name = String(rest.prefix { $0.isLetter || $0.isNumber })
    rest = rest.dropFirst(name.count)
    if name.isEmpty { return complaints.append("a lone <, before \(rest.prefix(20))") }
    elements.append(name)
    var names: Set<String> = []
    while rest.first?.isWhitespace == true {
      rest = rest.drop(while: \.isWhitespace)
      let attribute = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "-" })
      rest = rest.dropFirst(attribute.count)
      guard rest.hasPrefix("=\"") else {
        return complaints.append(
          "attribute '\(attribute)' of \(name) has no value in quotation marks")
      }
      rest = rest.dropFirst(2)
      let value = rest.prefix { $0 != "\"" }
      rest = rest.dropFirst(value.count + 1)
      if !names.insert(attribute).inserted { complaints.append("\(name) has \(attribute) twice") }
      if value.contains("<") { complaints.append("< in \(attribute)") }
      check(text: value)
      attributes.append((attribute, String(value)))
    }
    if rest.hasPrefix("/>") {
      rest = rest.dropFirst(2)
    } else if rest.first == ">" {
      rest.removeFirst()
      if !Self.void.contains(name) { open.append(name) }
    } else {
      complaints.append("<\(name) goes on with \(rest.prefix(20))")
    }
    // The content of a style element is not markup.
    if name == "style", let end = rest.firstRange(of: "</style>") {
      rest = rest[end.lowerBound...]
    }
  }

  private mutating func check(text: Substring) {
    if text.contains(">") { complaints.append("a lone > in \(text.prefix(40))") }
    for part in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
      let entity = String(part.prefix { $0 != ";" }.prefix(9))
      if !Self.entities.contains(entity) { complaints.append("entity &\(entity)") }
    }
  }
}

/// Markup whose values are escaped.
///
///     let cell: HTML = "<td title=\"\(name)\">\(name)</td>"
///
/// What stands in the source text is markup; what is interpolated is text, escaped for elements and for attributes in quotation
/// marks, unless it is `HTML` itself.
package struct HTML: Hashable, Sendable {
  /// As it is written to a file.
  package private(set) var markup: String

  package init(markup: String = "") { self.markup = markup }

  package static func += (left: inout HTML, right: HTML) { left.markup += right.markup }

  /// The text with entities for what has a meaning in markup, and "�" for what may not be in it.
  static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "\n", "\t": result.append(scalar)
      case "\u{FFFE}", "\u{FFFF}": result.append("\u{FFFD}")
      default:
        result.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
      }
    }
    return String(result)
  }
}

extension HTML: ExpressibleByStringInterpolation {
  /// Collects markup and escaped values.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var markup = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      markup.reserveCapacity(literalCapacity)
    }

    package mutating func appendLiteral(_ literal: String) { markup += literal }
    package mutating func appendInterpolation(_ text: String) { markup += HTML.escaped(text) }
    package mutating func appendInterpolation(_ number: Int) { markup += "\(number)" }
    package mutating func appendInterpolation(_ html: HTML) { markup += html.markup }
    package mutating func appendInterpolation(_ parts: [HTML]) {
      for part in parts { markup += part.markup }
    }
  }

  package init(stringLiteral value: String) { markup = value }
  package init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }
}

extension HTML {
  /// A name that somebody else chose: shortened in its middle, and set apart, so that its writing direction does not change
  /// what is around it.
  package static func name(_ name: String, limit: Int = 60) -> HTML {
    "<bdi>\(name.shortened(to: limit))</bdi>"
  }
}

extension String {
  /// The text with "…" in place of its middle if it has more than `limit` scalars: its beginning and its end tell names apart.
  package func shortened(to limit: Int) -> String {
    // Most texts are short, and a long one is not counted to its end.
    guard unicodeScalars.dropFirst(limit).first != nil else { return self }
    let end = limit / 3
    var result = String.UnicodeScalarView(unicodeScalars.prefix(limit - 1 - end))
    result.append("…")
    result.append(contentsOf: unicodeScalars.suffix(end))
    return String(result)
  }
}

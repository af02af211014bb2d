internal import EfficientNetCompute

/// Markup with escaped values.
///
///     let cell: HTML = "<td title=\"\(name)\">\(name)</td>"
///
/// Literal text is markup. Interpolated text is escaped for elements and for attributes in
/// quotation marks, unless it is `HTML`.
package struct HTML: Hashable, Sendable {
  package private(set) var markup: String

  package init(markup: String = "") { self.markup = markup }

  package static func += (left: inout HTML, right: HTML) { left.markup += right.markup }

  /// Returns the text with entities for special characters of markup, and "�" for characters that
  /// markup must not contain.
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
  /// A collector of markup and escaped values.
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
  /// Returns a name from the user's data: shortened in its middle, and isolated so that its writing
  /// direction does not affect the text around it.
  package static func name(_ name: String, limit: Int = 60) -> HTML {
    "<bdi>\(name.shortened(to: limit))</bdi>"
  }

  /// Returns a path from the user's data as ``name(_:limit:)`` does, which breaks at its separators
  /// if it needs more than one line.
  package static func path(_ path: String, limit: Int = 120) -> HTML {
    "<bdi>\(breakable(path.shortened(to: limit)))</bdi>"
  }

  /// Returns text with a word-break opportunity after each `/`, `_`, `-` and `.`, except inside
  /// numbers such as 0.25 and between two separators.
  static func breakable(_ text: String) -> HTML {
    let separators: Set<Character> = ["/", "_", "-", "."]
    var (result, part) = (HTML(), "")
    let characters = Array(text)
    for (character, next) in zip(characters, characters.dropFirst()) {
      part.append(character)
      guard separators.contains(character), !separators.contains(next),
        character != "." || !next.isNumber
      else { continue }
      result += "\(part)<wbr>"
      part = ""
    }
    result += "\(part)\(characters.last.map { String($0) } ?? "")"
    return result
  }

  /// Returns sentences, with no line break between a number and its percent sign.
  package static func prose(_ text: String) -> HTML {
    "\(text.replacing(" %", with: "\u{A0}%"))"
  }

  /// Returns content that the reader unfolds.
  package static func folded(_ summary: String, _ content: HTML) -> HTML {
    "<details><summary>\(summary)</summary>\n\(content)</details>\n"
  }
}

internal import FoundationEssentials

/// A configuration as a table of names and values.
///
/// Names of nested values are joined by dots: "recipe.augmentation.flip". Of a long list, the table
/// shows only the first values.
package struct ReportSettings: Hashable, Sendable {
  /// The names and values, sorted by name.
  let rows: [Row]

  struct Row: Hashable, Sendable {
    let name: String
    let value: String
  }

  /// Creates the table of an encodable value, such as a `RunConfiguration`.
  ///
  /// - Throws: `EncodingError`, such as for a number that is not finite.
  package init(_ value: some Encodable) throws {
    let document = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
    rows = document.rows(name: "")
  }

  private static let mostRows = 400

  var markup: HTML {
    var result: HTML = "<div class=\"scroll\"><table class=\"settings\"><tbody>\n"
    for row in rows.prefix(Self.mostRows) {
      result += """
        <tr><th>\(HTML.path(row.name, limit: 100))</th><td>\(HTML.path(row.value, limit: 300))</td></tr>\n
        """
    }
    result += "</tbody></table></div>\n"
    if rows.count > Self.mostRows {
      let rest = (rows.count - Self.mostRows).counted("more value is", "more values are")
      result += "<p>\(rest) not shown.</p>\n"
    }
    return result
  }
}

private enum JSONValue: Decodable {
  /// A scalar in words.
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    func number<T: Decodable & LosslessStringConvertible>(_ type: T.Type) -> String? {
      guard let number = try? value.decode(type) else { return nil }
      return number.description
    }
    if value.decodeNil() {
      self = .text("none")
    } else if let object = try? value.decode([String: JSONValue].self) {
      self = .object(object)
    } else if let list = try? value.decode([JSONValue].self) {
      self = .list(list)
    } else if let flag = try? value.decode(Bool.self) {
      self = .text(flag ? "yes" : "no")
    } else if let text = number(Int64.self) ?? number(UInt64.self) ?? number(Double.self) {
      self = .text(text)
    } else {
      let text = try value.decode(String.self)
      self = .text(text.isEmpty ? "''" : text)
    }
  }

  /// Returns a row for each value, or for each element of a short list of objects.
  func rows(name: String) -> [ReportSettings.Row] {
    func longer(_ part: String) -> String { name.isEmpty ? part : "\(name).\(part)" }
    switch self {
    case .object(let fields) where !fields.isEmpty:
      return fields.sorted { $0.key < $1.key }.flatMap { $0.value.rows(name: longer($0.key)) }
    case .list(let values) where 1...16 ~= values.count && values.contains(where: \.isObject):
      return values.enumerated().map {
        ReportSettings.Row(name: longer("\($0.offset + 1)"), value: $0.element.line)
      }
    case .object, .list, .text: return [ReportSettings.Row(name: name, value: line)]
    }
  }

  private var isObject: Bool { if case .object = self { true } else { false } }

  /// The value in one line; for a list, its first values.
  private var line: String {
    switch self {
    case .text(let text): return text
    case .object(let fields):
      guard !fields.isEmpty else { return "yes" }
      return fields.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.line)" }
        .joined(separator: ", ")
    case .list(let values):
      guard !values.isEmpty else { return "none" }
      let first = values.prefix(8).map(\.line).joined(separator: ", ")
      return values.count > 8 ? "\(values.count.grouped): \(first), …" : first
    }
  }
}

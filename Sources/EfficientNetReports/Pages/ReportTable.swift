/// A column of a table: its heading, and what each row has in it.
///
///     page.add("Networks", .table(networks, [.name("network") { HTML.name($0.name) }, .number("top-1") { $0.top1.percent() }]))
package struct ReportColumn<Row> {
  fileprivate let heading: HTML
  fileprivate let cell: (Row) -> HTML

  /// A column of th and td elements.
  package init(heading: HTML, cell: @escaping (Row) -> HTML) {
    (self.heading, self.cell) = (heading, cell)
  }

  /// What a row is about.
  package static func name(_ heading: String, _ cell: @escaping (Row) -> HTML) -> Self {
    Self(heading: "<th>\(heading)</th>") { "<th>\(cell($0))</th>" }
  }

  /// Words.
  ///
  /// - Parameter style: The class of the cells in the style sheet.
  package static func text(
    _ heading: String, style: String? = nil, _ cell: @escaping (Row) -> String
  ) -> Self {
    let style: HTML = style.map { " class=\"\($0)\"" } ?? ""
    return Self(heading: "<th>\(heading)</th>") { "<td\(style)>\(cell($0))</td>" }
  }

  /// A number, flush right; nothing for nil.
  package static func number(_ heading: String, _ cell: @escaping (Row) -> String?) -> Self {
    Self(heading: "<th class=\"number\">\(heading)</th>") {
      "<td class=\"number\">\(cell($0) ?? "")</td>"
    }
  }
}

extension HTML {
  /// A table, which scrolls where the page is narrower.
  ///
  /// - Parameter style: Its class in the style sheet.
  package static func table<Row>(
    _ rows: some Sequence<Row>, style: String? = nil, _ columns: [ReportColumn<Row>]
  ) -> HTML {
    let style: HTML = style.map { " class=\"\($0)\"" } ?? ""
    let body = rows.map { row -> HTML in "<tr>\(columns.map { $0.cell(row) })</tr>\n" }
    return """
      <div class="scroll"><table\(style)><thead><tr>\(columns.map(\.heading))</tr></thead><tbody>
      \(body)</tbody></table></div>\n
      """
  }
}

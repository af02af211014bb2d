/// A column of a table: its heading and a function from rows to cells.
///
///     page.add(
///       "Networks",
///       .table(
///         networks,
///         [.name("network") { HTML.name($0.name) }, .number("top-1") { $0.top1.percent() }]))
package struct ReportColumn<Row> {
  fileprivate let heading: HTML
  fileprivate let cell: (Row) -> HTML

  /// Creates a column from th and td elements.
  package init(heading: HTML, cell: @escaping (Row) -> HTML) {
    (self.heading, self.cell) = (heading, cell)
  }

  /// Returns a column with the subject of each row.
  package static func name(_ heading: String, _ cell: @escaping (Row) -> HTML) -> Self {
    Self(heading: "<th>\(heading)</th>") { "<th>\(cell($0))</th>" }
  }

  /// Returns a column of text.
  ///
  /// - Parameters:
  ///   - heading: The heading.
  ///   - style: The class of the cells in the style sheet.
  ///   - cell: The text of a row.
  package static func text(
    _ heading: String, style: String? = nil, _ cell: @escaping (Row) -> String
  ) -> Self {
    let style: HTML = style.map { " class=\"\($0)\"" } ?? ""
    return Self(heading: "<th>\(heading)</th>") { "<td\(style)>\(cell($0))</td>" }
  }

  /// Returns a column of right-aligned numbers; nil gives an empty cell.
  package static func number(_ heading: String, _ cell: @escaping (Row) -> String?) -> Self {
    Self(heading: "<th class=\"number\">\(heading)</th>") {
      "<td class=\"number\">\(cell($0) ?? "")</td>"
    }
  }
}

extension HTML {
  /// Returns a table, which scrolls if the page is narrower.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - style: The class of the table in the style sheet.
  ///   - columns: The columns.
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

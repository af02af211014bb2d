/// A column of a table: its heading and a function from rows to cells.
///
///     page.add(
///       "Networks",
///       .table(
///         networks,
///         [.name("network") { HTML.name($0.name) }, .number("top-1") { $0.top1.percent() }]))
package struct ReportColumn<Row> {
  fileprivate let heading: HTML
  fileprivate let isEmpty: (Row) -> Bool
  fileprivate let cell: (Row) -> HTML

  /// Creates a column from th and td elements.
  ///
  /// - Parameter isEmpty: Whether the cell of a row is empty. A column of such cells is left out.
  package init(
    heading: HTML, isEmpty: @escaping (Row) -> Bool = { _ in false },
    cell: @escaping (Row) -> HTML
  ) {
    (self.heading, self.isEmpty, self.cell) = (heading, isEmpty, cell)
  }

  package static func name(_ heading: String, _ cell: @escaping (Row) -> HTML) -> Self {
    Self(heading: "<th>\(heading)</th>") { "<th>\(cell($0))</th>" }
  }

  /// Returns a column of text.
  ///
  /// - Parameters:
  ///   - style: The class of the cells in the style sheet.
  ///   - cell: The text of a row.
  package static func text(
    _ heading: String, style: String? = nil, _ cell: @escaping (Row) -> String
  ) -> Self {
    let style: HTML = style.map { " class=\"\($0)\"" } ?? ""
    return Self(heading: "<th>\(heading)</th>", isEmpty: { isNothing(cell($0)) }) {
      "<td\(style)>\(cell($0))</td>"
    }
  }

  /// Returns a column of right-aligned numbers; nil gives an empty cell.
  package static func number(_ heading: String, _ cell: @escaping (Row) -> String?) -> Self {
    Self(heading: "<th class=\"number\">\(heading)</th>", isEmpty: { isNothing(cell($0)) }) {
      "<td class=\"number\">\(cell($0) ?? "")</td>"
    }
  }

  private static func isNothing(_ text: String?) -> Bool { ["", "–"].contains(text ?? "") }
}

extension HTML {
  /// Returns a table, which scrolls if the page is narrower. Columns without any content are left
  /// out.
  ///
  /// - Parameters:
  ///   - style: The class of the table in the style sheet.
  ///   - visible: The number of first rows that are visible; the reader unfolds the others. Nil for
  ///     all rows.
  package static func table<Row>(
    _ rows: some Sequence<Row>, style: String? = nil, visible: Int? = nil,
    _ columns: [ReportColumn<Row>]
  ) -> HTML {
    let rows = Array(rows)
    let columns = columns.filter { rows.isEmpty || !rows.allSatisfy($0.isEmpty) }
    // A fold of a few rows would only hide them.
    guard let visible, rows.count > visible + 5 else { return table(rows[...], style, columns) }
    let rest = folded(
      "\((rows.count - visible).grouped) more", table(rows.dropFirst(visible), style, columns))
    return "\(table(rows.prefix(visible), style, columns))\(rest)"
  }

  private static func table<Row>(
    _ rows: ArraySlice<Row>, _ style: String?, _ columns: [ReportColumn<Row>]
  ) -> HTML {
    let style: HTML = style.map { " class=\"\($0)\"" } ?? ""
    let body = rows.map { row -> HTML in "<tr>\(columns.map { $0.cell(row) })</tr>\n" }
    return """
      <div class="scroll"><table\(style)><thead><tr>\(columns.map(\.heading))</tr></thead><tbody>
      \(body)</tbody></table></div>\n
      """
  }
}

import EfficientNetCompute

/// A column of a table: its heading, and the text of each cell.
///
///     let lines = scores.tableLines(
///       .left("class") { $0.name }, .right("photos") { "\($0.count)" })
struct TextColumn<Row> {
  fileprivate let heading: String
  fileprivate let isFlushRight: Bool
  fileprivate let cell: (Row) -> String

  static func left(_ heading: String = "", _ cell: @escaping (Row) -> String) -> Self {
    Self(heading: heading, isFlushRight: false, cell: cell)
  }

  static func right(_ heading: String = "", _ cell: @escaping (Row) -> String) -> Self {
    Self(heading: heading, isFlushRight: true, cell: cell)
  }
}

extension Sequence {
  /// Returns a table: a line with the headings, if there are any, and a line for each element.
  /// Columns are aligned, with two spaces between them. Control characters in cells are left out.
  ///
  /// - Parameter total: The cells of a last row, if any.
  func tableLines(_ columns: TextColumn<Element>..., total: [String] = []) -> [String] {
    tableLines(columns, total: total)
  }

  /// Returns a table as `tableLines(_:total:)` with single columns does.
  func tableLines(_ columns: [TextColumn<Element>], total: [String] = []) -> [String] {
    var rows = map { element in columns.map { $0.cell(element).oneLine } }
    let headings = columns.map(\.heading)
    if !headings.allSatisfy(\.isEmpty) { rows.insert(headings, at: 0) }
    if !total.isEmpty { rows.append(total) }
    let widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        if column > 0 { line += "  " }
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line += columns[column].isFlushRight ? padding + cell : cell + padding
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}

import EfficientNetCompute

/// Rows of text in columns that line up. Control characters, as names from files may have them, are left out.
struct TextTable {
  enum Alignment { case left, right }

  private let alignments: [Alignment]
  private var rows: [[String]] = []

  init(_ alignments: [Alignment]) { self.alignments = alignments }

  mutating func add(_ cells: String...) {
    precondition(
      cells.count == alignments.count, "\(cells.count) cells in \(alignments.count) columns")
    rows.append(cells.map(\.oneLine))
  }

  /// The lines, two spaces between columns, none at the end.
  var lines: [String] {
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        if column > 0 { line += "  " }
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line += alignments[column] == .left ? cell + padding : padding + cell
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}

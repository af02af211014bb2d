import EfficientNet
import EfficientNetCompute
import EfficientNetImages
import EfficientNetReports
import EfficientNetSystem

/// The file of --csv or --predictions. It appears complete; after Ctrl-C, its rows are kept in FILE.partial.
struct CSVTable: ~Copyable {
  private let path: String
  private var file: OutputFile

  /// Opens the file and writes the line with the names of the columns.
  init(path: String, columns: String) throws(FileError) {
    var file = try OutputFile(path: path)
    try file.write(columns + "\n")
    self.path = path
    self.file = file
  }

  /// Writes the fields of a row, in quotation marks where needed.
  mutating func write(_ fields: [String]) throws(FileError) {
    try file.write(fields.map(\.csvField).joined(separator: ",") + "\n")
  }

  mutating func commit() throws(FileError) { try file.commit() }

  /// Keeps the rows after Ctrl-C. Returns the end of the message, such as "; x.csv.partial has their
  /// rows, x.csv was not written". An error is reported only, so that the exit code is that of the
  /// interruption.
  ///
  /// - Parameter done: The number of photos with rows.
  mutating func keepPartial(_ done: Int) -> String {
    guard done > 0 else { return "" }
    do throws(FileError) {
      guard let partial = try file.keepPartial() else { return "; \(path) has their rows" }
      return "; \(partial) has their rows, \(path) was not written"
    } catch {
      StandardError.report(error)
      return "; \(path) was not written"
    }
  }
}

extension Error {
  /// The message without a path at its start, for a row that has the path already.
  func message(without path: String) -> String { "\(self)".message(without: path) }

  /// The kind of the error in one word, such as "truncated"; "other" for an error without one.
  var kind: String {
    switch self {
    case let error as any LibraryError: "\(error.kind)"
    case let error as CommandError: error.kind
    case is CancellationError: "cancelled"
    default: "other"
    }
  }
}

extension String {
  /// The message without a path at its start. Control characters of the path may be "?".
  func message(without path: String) -> String {
    guard let start = [path, path.oneLine].first(where: { utf8.starts(with: $0.utf8) })
    else { return self }
    let rest = self[utf8.index(startIndex, offsetBy: start.utf8.count)...]
    return String(rest.drop { ": ".contains($0) })
  }
}

import EfficientNetCompute
import EfficientNetReports
import EfficientNetSystem

/// The file of --csv or --predictions. It appears complete; after Ctrl-C, its rows are kept in FILE.partial.
struct CSVTable: ~Copyable {
  private let path: String
  private var file: OutputFile

  /// Opens the file and writes the line with the names of the columns.
  ///
  /// - Throws: `FileError`.
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

  /// Keeps the rows after Ctrl-C, and prints a note where they are. An error is reported only, so
  /// that the exit code is that of the interruption.
  ///
  /// - Parameter done: The number of photos with rows.
  mutating func keepPartial(_ done: Int, of total: Int) {
    guard done > 0 else {
      return StandardError.note("stopped before the first photo; nothing was written to \(path)")
    }
    let photos = "\(done.grouped) of \(total.counted("photo", "photos"))"
    do throws(FileError) {
      let place = try file.keepPartial().map { "\($0) has their rows, \(path) was not written" }
      StandardError.note("stopped after \(photos); \(place ?? "\(path) has their rows")")
    } catch {
      StandardError.report(error)
    }
  }
}

extension Error {
  /// The message without a path at its start, for a row that has the path already.
  func message(without path: String) -> String { "\(self)".message(without: path) }
}

extension String {
  /// The message without a path at its start.
  func message(without path: String) -> String {
    guard utf8.starts(with: path.utf8) else { return self }
    let rest = self[utf8.index(startIndex, offsetBy: path.utf8.count)...]
    return String(rest.drop { ": ".contains($0) })
  }
}

internal import EfficientNetCompute
internal import EfficientNetReports
internal import EfficientNetSystem

extension PhotoListing {
  /// The photos of a table with the columns path and label, and optionally split (train, val or
  /// test).
  ///
  ///     path,label,split
  ///     cats/tom.jpg,cat,train
  ///     "cats/a, b.jpg",cat,val
  ///
  /// Paths are relative to the table's folder, or absolute.
  init(table path: String, needsLabels: Bool) throws(DataError) {
    self.init(path: path, needsLabels: needsLabels)
    let bytes: [UInt8]
    do { bytes = try FileContents.read(path, limit: 1 << 30) } catch { throw .file(error) }
    var reader = CSVReader(bytes)
    func complaint(_ reason: String) -> DataError {
      .table(path: path, line: reader.line, reason: reason)
    }
    func record() throws(DataError) -> [String]? {
      do { return try reader.next() } catch { throw complaint(error.reason) }
    }
    guard let header = try record() else {
      throw complaint("the header is missing; it must be 'path,label'")
    }
    let columns = try Columns(header, needsLabels: needsLabels, complaint)
    note(columns.unused) { names, count in
      "\(count.counted("column")) of the table unused: \(names)"
    }
    let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[...$0] } ?? ""
    var known: [ExactText: (line: Int, label: String, part: Part?)] = [:]
    var repeated: [String] = []
    var missing = 0
    while let fields = try record() {
      guard fields.count == header.count else {
        throw complaint(
          "there are \(fields.count.counted("field")), but the header has \(header.count)")
      }
      let (name, label) = (fields[columns.path], columns.label.map { fields[$0] } ?? "")
      if name.isEmpty { throw complaint("the path is empty") }
      if needsLabels, label.allSatisfy(\.isWhitespace) { throw complaint("the label is empty") }
      let (line, part) = (reader.line, try columns.part(fields, complaint))
      let file = name.utf8.first == UInt8(ascii: "/") ? name : folder + name
      let key = ExactText(Self.plain(file))
      if let earlier = known[key] {
        let values =
          ExactText(earlier.label) != ExactText(label)
          ? [earlier.label, label]
          : earlier.part != part ? [earlier.part, part].map { $0?.rawValue ?? "no split" } : []
        guard values.isEmpty else {
          throw .contradiction(
            path: path, photo: name, lines: [earlier.line, line], values: values)
        }
        repeated.append(name)
        continue
      }
      known[key] = (line, label, part)
      if missing == entries.count, missing < Self.mostLooks, FileStatus(file) == nil {
        missing += 1
      }
      try add(.file(file), name: name, label: label, part: part)
    }
    guard let first = entries.first else {
      throw .noPhotos(path: path, needLabels: needsLabels)
    }
    // A missing photo is reported as unreadable later. If all of the first ones are missing, the
    // table is probably in the wrong folder.
    if missing == min(entries.count, Self.mostLooks) {
      throw .file(
        FileError(
          path: first.source.path,
          reason: "not found (the first \(missing) photos of \(path) are all missing); "
            + "paths must be relative to the table's folder, or absolute"))
    }
    note(repeated) { names, count in
      "\(count.counted("line")) of the table left out (repeated photos): \(names)"
    }
  }

  /// Normalizes a path: "cats/tom.jpg" and "./cats//tom.jpg" are the same photo.
  private static func plain(_ path: String) -> String {
    let parts = path.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
    let isAbsolute = path.utf8.first == UInt8(ascii: "/")
    return (isAbsolute ? "/" : "") + parts.map { String(Substring($0)) }.joined(separator: "/")
  }

  /// The number of photos whose existence is checked.
  private static let mostLooks = 100

  private struct Columns {
    var path: Int
    var label: Int?
    var split: Int?
    var unused: [String]

    init(
      _ header: [String], needsLabels: Bool, _ complaint: (String) -> DataError
    ) throws(DataError) {
      let names = header.map { $0.lowercased() }
      let label = names.firstIndex(of: "label")
      guard let path = names.firstIndex(of: "path"), label != nil || !needsLabels else {
        throw complaint(
          "the header has the columns \(header.summary); it must have "
            + (needsLabels ? "path and label, separated by commas" : "path"))
      }
      (self.path, self.label, split) = (path, label, names.firstIndex(of: "split"))
      let used = [path, label, split]
      unused = header.indices.filter { !used.contains($0) }.map { header[$0] }
    }

    func part(
      _ fields: [String], _ complaint: (String) -> DataError
    ) throws(DataError) -> Part? {
      guard let split else { return nil }
      guard let part = Part(name: fields[split]) else {
        throw complaint("the split is '\(fields[split])'; it must be train, val or test")
      }
      return part
    }
  }
}

internal import EfficientNetCompute
internal import EfficientNetReports
internal import EfficientNetSystem

extension PhotoListing {
  /// The photos of a table with the columns path and label, and perhaps split (train, val or test).
  ///
  ///     path,label,split
  ///     cats/tom.jpg,cat,train
  ///     "cats/a, b.jpg",cat,val
  ///
  /// Paths are those below the table's folder, or absolute.
  init(table path: String) throws(DataError) {
    self.init(path: path)
    let bytes: [UInt8]
    do { bytes = try FileContents.read(path, limit: 1 << 30) } catch { throw .file(error) }
    var reader = CSVReader(bytes)
    func complaint(_ reason: String) -> DataError {
      .table(path: path, line: reader.line, reason: reason)
    }
    func record() throws(DataError) -> [String]? {
      do { return try reader.next() } catch { throw complaint(error.reason) }
    }
    guard let header = try record() else { throw complaint("there is no header 'path,label'") }
    let columns = try Columns(header, complaint)
    note(columns.unused) { names, count in
      "\(count.counted("column")) of the table not used: \(names)"
    }
    let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[...$0] } ?? ""
    var known: [ExactText: (line: Int, label: String, part: Part?)] = [:]
    var repeated: [String] = []
    var missing = 0
    while let fields = try record() {
      guard fields.count == header.count else {
        throw complaint("\(fields.count.counted("field")), the header has \(header.count)")
      }
      let (name, label) = (fields[columns.path], fields[columns.label])
      if name.isEmpty { throw complaint("there is no path") }
      if label.allSatisfy(\.isWhitespace) { throw complaint("there is no label") }
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
    guard let first = entries.first else { throw .noPhotos(path: path) }
    // Others that are missing are broken photos; if the first ones all are, the table lies in the wrong folder.
    if missing == min(entries.count, Self.mostLooks) {
      throw .file(
        FileError(
          path: first.source.path,
          reason: "not there, nor is any other of the first \(missing) photos of \(path); "
            + "paths are those below the folder of the table"))
    }
    note(repeated) { names, count in
      "\(count.counted("line")) of the table left out, of photos that it has already: \(names)"
    }
  }

  /// A path without "." and doubled slashes: "cats/tom.jpg" and "./cats//tom.jpg" are one photo.
  private static func plain(_ path: String) -> String {
    let parts = path.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
    let isAbsolute = path.utf8.first == UInt8(ascii: "/")
    return (isAbsolute ? "/" : "") + parts.map { String(Substring($0)) }.joined(separator: "/")
  }

  /// How many photos are looked for before the table is believed.
  private static let mostLooks = 100

  /// Where the table's columns are.
  private struct Columns {
    var path: Int
    var label: Int
    var split: Int?
    var unused: [String]

    init(_ header: [String], _ complaint: (String) -> DataError) throws(DataError) {
      let names = header.map { $0.lowercased() }
      guard let path = names.firstIndex(of: "path"), let label = names.firstIndex(of: "label")
      else {
        throw complaint(
          "the header has the columns \(header.summary); it needs path and label, between commas")
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
        throw complaint("the split is '\(fields[split])'; it should be train, val or test")
      }
      return part
    }
  }
}

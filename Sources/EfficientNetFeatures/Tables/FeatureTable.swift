internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetFormats

/// The features of many photos with their names, as `effnet embed` writes them.
///
///     let table = try FeatureTable(contentsOf: "features.npz")
///     table.names[0]  // "holiday/beach.jpg"
///     table.rows[0]   // its 1,280 numbers
///
/// A file is memory-mapped, so it opens at once and its rows do not occupy memory.
public struct FeatureTable: Sendable {
  /// The origin of the table, for messages.
  public let source: String
  /// The description of the rows; nil if the file has none.
  public let description: FeatureDescription?
  /// The names of the rows; the row numbers if the file has no names.
  public let names: FeatureNames
  /// The rows.
  public let rows: FeatureMatrix

  /// Creates a table in memory.
  ///
  /// - Parameters:
  ///   - source: The origin of the table, for messages.
  ///   - description: The description of the rows, if known.
  ///   - names: The names of the rows.
  ///   - rows: The rows.
  /// - Precondition: there is a name for every row.
  public init(
    source: String, description: FeatureDescription? = nil, names: [String], rows: FeatureMatrix
  ) {
    require(
      names.count == rows.count,
      "there are \(names.count) names; there must be one for each row, \(rows.count)")
    (self.source, self.description, self.rows) = (source, description, rows)
    self.names = FeatureNames(names)
  }

  /// Opens a .npz, .npy or .safetensors file.
  ///
  /// Files of other programs can be read, too. They need a float32 array `features` of two axes, or
  /// bfloat16 in a .safetensors file; names are optional.
  ///
  /// - Parameter path: The path of the file.
  /// - Throws: `WeightsError` if the file is damaged or has other contents, ``FeaturesError``.
  public init(contentsOf path: String) throws {
    let form = try FeatureFileForm(path: path)
    let read: (MappedFile) throws(WeightsError) -> Parts =
      switch form {
      case .npz: Self.npz
      case .npy: Self.npy
      case .safetensors: Self.safetensors
      case .csv:
        throw FeaturesError.unsuitable(
          path: path,
          reason: "is a text file; use a .npz, .npy or .safetensors file")
      }
    let file: MappedFile
    do { file = try MappedFile(path: path, staysOpen: true) } catch {
      throw WeightsError.file(error)
    }
    source = path
    let parts = try read(file)
    let rows = parts.rows
    self.rows = rows
    names = parts.names ?? FeatureNames(count: rows.count) { "\($0)" }
    guard names.count == rows.count else {
      throw WeightsError.damaged(
        source: form == .npy ? FeatureFileForm.namesPath(of: path) : path,
        reason: "it has \(names.count) names for \(rows.count) rows")
    }
    description = try parts.description.map { (json) throws(WeightsError) in
      try Self.description(json, rows: rows, source: path)
    }
  }

  /// The rows of a file, with their names and the JSON of their description if the file has them.
  private typealias Parts = (rows: FeatureMatrix, names: FeatureNames?, description: String?)

  /// Returns the index of the row of a name, the first if there are several.
  ///
  /// Names are compared byte by byte, like file names: an "é" of one character differs from one of
  /// two.
  ///
  /// - Parameter name: The name of the row.
  /// - Throws: ``FeaturesError/noRow(name:source:suggestions:)``.
  public func row(named name: String) throws(FeaturesError) -> Int {
    guard let row = names.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) else {
      let similar = name.suggestions(among: names, limit: 3)
      let file = name.split(separator: "/").last.map(String.init) ?? name
      throw .noRow(
        name: name, source: source,
        suggestions: similar.isEmpty ? file.suggestions(among: names, limit: 3) : similar)
    }
    return row
  }

  // MARK: - NumPy

  private static func npz(_ file: MappedFile) throws(WeightsError) -> Parts {
    let source = file.path
    let directory = try naming(source) { () throws(FormatError) in
      try file.withBytes(ZipDirectory.init)
    }
    func range(_ name: String) throws(WeightsError) -> Range<Int>? {
      guard let entry = directory.entries.first(where: { $0.name == "\(name).npy" }) else {
        return nil
      }
      guard let range = entry.range else {
        throw .unsupported(
          source: source,
          reason:
            "has a compressed array '\(name)', which cannot be searched in place; "
            + "save it with numpy.savez"
        )
      }
      return range
    }
    guard let features = try range(Fields.features) else {
      throw .unsupported(
        source: source,
        reason: "has no array '\(Fields.features)', so it is not a file of features"
      )
    }
    let rows = try numPyRows(file, features, source: "\(source) ('\(Fields.features)')")
    func texts(_ name: String) throws(WeightsError) -> FeatureNames? {
      guard let place = try range(name) else { return nil }
      return try numPyNames(file, place, source: "\(source) ('\(name)')")
    }
    return (rows, try texts(Fields.names), try texts(Fields.description)?.first)
  }

  /// Reads the rows of a .npy file that is a part of another file.
  private static func numPyRows(
    _ file: MappedFile, _ place: Range<Int>, source: String
  ) throws(WeightsError) -> FeatureMatrix {
    let layout = try layout(file, place, source: source)
    guard layout.descr == "<f4", !layout.isFortranOrder || layout.shape.contains(1) else {
      throw .unsupported(
        source: source,
        reason: "has the dtype \(WeightsError.quoted(layout.descr))"
          + "\(layout.isFortranOrder ? " in Fortran order" : ""); save it as float32 in C order")
    }
    try naming(source) { () throws(FormatError) in
      _ = try layout.count(elementBytes: 4, fileBytes: place.count)
    }
    return try matrix(
      file, byteOffset: place.lowerBound + layout.byteOffset, shape: layout.shape,
      precision: .float32, source: source)
  }

  /// Reads an array of text.
  private static func numPyNames(
    _ file: MappedFile, _ place: Range<Int>, source: String
  ) throws(WeightsError) -> FeatureNames {
    let layout = try layout(file, place, source: source)
    guard layout.descr.hasPrefix("<U"), let width = Int(layout.descr.dropFirst(2)),
      0...(1 << 20) ~= width, layout.shape.count <= 1
    else {
      throw .unsupported(
        source: source,
        reason: "has the dtype \(WeightsError.quoted(layout.descr)) and "
          + "\(layout.shape.count) axes; names must be a one-dimensional array of text ('<U…')")
    }
    let count = try naming(source) { () throws(FormatError) in
      try layout.count(elementBytes: 4 * width, fileBytes: place.count)
    }
    return FeatureNames(
      file: file, byteOffset: place.lowerBound + layout.byteOffset, count: count, width: width)
  }

  private static func layout(
    _ file: MappedFile, _ place: Range<Int>, source: String
  ) throws(WeightsError) -> NumPyLayout {
    try naming(source) { () throws(FormatError) in
      try file.withBytes { (bytes) throws(FormatError) in
        try NumPyLayout(of: bytes.extracting(place))
      }
    }
  }

  /// Reads the rows, and the names next to the file if they exist.
  private static func npy(_ file: MappedFile) throws(WeightsError) -> Parts {
    let rows = try numPyRows(file, 0..<file.count, source: file.path)
    let list = FeatureFileForm.namesPath(of: file.path)
    guard FileStatus(list) != nil else { return (rows, nil, nil) }
    let bytes: [UInt8]
    do { bytes = try FileContents.read(list, limit: 1 << 31) } catch { throw .file(error) }
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return (rows, FeatureNames(lines.map { String(decoding: $0, as: UTF8.self) }), nil)
  }

  // MARK: - safetensors

  private static func safetensors(_ file: MappedFile) throws(WeightsError) -> Parts {
    let source = file.path
    let header = try file.withBytes { (bytes) throws(WeightsError) in
      try SafetensorsHeader(of: bytes, source: source)
    }
    func entry(_ name: String) -> SafetensorsHeader.Entry? {
      header.entries.first { $0.name == name }
    }
    guard let features = entry(Fields.features) else {
      throw .unsupported(
        source: source,
        reason: "has no tensor '\(Fields.features)', so it is not a file of features"
      )
    }
    guard features.dtype == .f32 || features.dtype == .bf16 else {
      throw .unsupported(
        source: source,
        reason: "has features of dtype \(features.dtype.rawValue); save them as F32 or BF16")
    }
    let rows = try matrix(
      file, byteOffset: features.byteOffset, shape: features.shape,
      precision: features.dtype == .f32 ? .float32 : .bfloat16, source: source)
    var names: FeatureNames?
    if let text = entry(Fields.names), let ends = entry(Fields.nameEnds) {
      guard text.dtype == .u8, ends.dtype == .i64,
        let found = FeatureNames(
          file: file, text: text.byteOffset..<(text.byteOffset + text.count),
          ends: ends.byteOffset, count: ends.count)
      else {
        throw .damaged(source: source, reason: "the tensors 'names' and 'name_ends' do not match")
      }
      names = found
    }
    return (rows, names, header.metadata[Fields.description])
  }

  // MARK: - Both

  private static func matrix(
    _ file: MappedFile, byteOffset: Int, shape: [Int], precision: Precision, source: String
  ) throws(WeightsError) -> FeatureMatrix {
    guard shape.count == 2, shape[1] >= 1 else {
      throw .unsupported(
        source: source,
        reason: "has features of the shape \(WeightsError.extents(shape)); "
          + "expected two axes, rows × numbers"
      )
    }
    return FeatureMatrix(
      file: file, byteOffset: byteOffset, count: shape[0], dimensions: shape[1],
      precision: precision)
  }

  private static func description(
    _ json: String, rows: FeatureMatrix, source: String
  ) throws(WeightsError) -> FeatureDescription {
    let description: FeatureDescription
    do {
      description = try decodedJSON(Array(json.utf8))
    } catch {
      throw .damaged(source: source, reason: "its description cannot be read")
    }
    guard description.features == rows.dimensions else {
      throw .damaged(
        source: source,
        reason:
          "its rows have \(rows.dimensions) numbers, "
          + "but its description says \(description.features)"
      )
    }
    return description
  }
}

extension FeatureTable {
  /// The names of arrays and tensors in files.
  enum Fields {
    static let features = "features"
    static let names = "names"
    static let nameEnds = "name_ends"
    static let description = "description"
  }
}

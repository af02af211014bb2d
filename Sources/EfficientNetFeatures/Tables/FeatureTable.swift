internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetFormats

/// Features of many photos, with their names: what `effnet embed` writes.
///
///     let table = try FeatureTable(contentsOf: "features.npz")
///     table.names[0]  // "holiday/beach.jpg"
///     table.rows[0]   // its 1,280 numbers
///
/// Files are mapped into memory, so that a large one takes none of it, and opens at once.
public struct FeatureTable: Sendable {
  /// Where it comes from, for messages.
  public let source: String
  /// What the rows are; nil for a file that does not say.
  public let description: FeatureDescription?
  /// The rows' names; where a file has none, their numbers.
  public let names: FeatureNames
  /// The rows.
  public let rows: FeatureMatrix

  /// A table in memory.
  ///
  /// - Precondition: there is a name for every row.
  public init(
    source: String, description: FeatureDescription? = nil, names: [String], rows: FeatureMatrix
  ) {
    precondition(names.count == rows.count, "\(names.count) names for \(rows.count) rows")
    (self.source, self.description, self.rows) = (source, description, rows)
    self.names = FeatureNames(names)
  }

  /// Opens a .npz, .npy or .safetensors file.
  ///
  /// Tables of other programs are read too: an array `features` of float32, or in a .safetensors file bfloat16, of two
  /// axes, with or without names.
  ///
  /// - Throws: `WeightsError` for a file that is damaged or holds something else, ``FeaturesError``.
  public init(contentsOf path: String) throws {
    let form = try FeatureFileForm(path: path)
    let read: (MappedFile) throws(WeightsError) -> Parts =
      switch form {
      case .npz: Self.npz
      case .npy: Self.npy
      case .safetensors: Self.safetensors
      case .csv:
        throw FeaturesError.unsuitable(
          path: path, reason: "is text; features are read from .npz, .npy and .safetensors files")
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

  /// What a file has: rows, and their names and the JSON of their description if there are any.
  private typealias Parts = (rows: FeatureMatrix, names: FeatureNames?, description: String?)

  /// The row of a name, the first one if there are several.
  ///
  /// Names are equal if their bytes are, as for files: "é" may be one character or two.
  ///
  /// - Throws: ``FeaturesError/noRow(name:source:)``.
  public func row(named name: String) throws(FeaturesError) -> Int {
    guard let row = names.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) else {
      throw .noRow(name: name, source: source)
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
            "has '\(name)' compressed, which cannot be searched in place; save it with numpy.savez")
      }
      return range
    }
    guard let features = try range(Fields.features) else {
      throw .unsupported(
        source: source, reason: "has no array '\(Fields.features)'; 'effnet embed' makes such files"
      )
    }
    let rows = try numPyRows(file, features, source: "\(source) ('\(Fields.features)')")
    func texts(_ name: String) throws(WeightsError) -> FeatureNames? {
      guard let place = try range(name) else { return nil }
      return try numPyNames(file, place, source: "\(source) ('\(name)')")
    }
    return (rows, try texts(Fields.names), try texts(Fields.description)?.first)
  }

  /// A .npy file that lies in a file.
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

  /// An array of text.
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
          + "\(layout.shape.count) axes; names are a list of text ('<U…')")
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

  /// Rows, and the names beside the file if they are there.
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
        reason: "has no tensor '\(Fields.features)'; 'effnet embed' makes such files"
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
      else { throw .damaged(source: source, reason: "its names and their ends do not match") }
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
        reason: "has features of the shape \(WeightsError.extents(shape)); they are rows by numbers"
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
          "its rows have \(rows.dimensions) numbers, its description says \(description.features)"
      )
    }
    return description
  }
}

extension FeatureTable {
  /// What arrays and tensors are called in files.
  enum Fields {
    static let features = "features"
    static let names = "names"
    static let nameEnds = "name_ends"
    static let description = "description"
  }
}

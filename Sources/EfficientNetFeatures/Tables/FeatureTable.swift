internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetFormats

/// The features of many photos with their names, as `effnet embed` writes them.
///
///     let table = try FeatureTable(contentsOf: "features.npz")
///     table.names[0]  // "holiday/beach.jpg"
///     table.rows[0]   // its 1,280 numbers
///
/// The rows of a file are read when they are accessed, so they do not occupy memory; the names are
/// in memory.
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
    let read: (OpenFile) throws(WeightsError) -> Parts =
      switch form {
      case .npz: Self.npz
      case .npy: Self.npy
      case .safetensors: Self.safetensors
      case .csv:
        throw FeaturesError.unsuitable(
          path: path,
          reason: "is a text file; use a .npz, .npy or .safetensors file")
      }
    let file: OpenFile
    do { file = try OpenFile(path: path) } catch {
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
  typealias Parts = (rows: FeatureMatrix, names: FeatureNames?, description: String?)

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

  /// Returns the table with more rows behind its own, all of them in memory. ``write(to:storing:)``
  /// may replace the file of this table.
  ///
  ///     let more = try table.appending(["new.jpg"], FeatureMatrix([features]))
  ///
  /// - Parameters:
  ///   - names: The names of the new rows.
  ///   - rows: The new rows, from the extractor of this table.
  /// - Throws: ``FeaturesError/dimensions(first:count:second:other:)`` if the new rows have another
  ///   length; ``FeaturesError/changed(path:)`` and ``FeaturesError/unsuitable(path:reason:)`` if
  ///   the rows of this table cannot be read.
  /// - Precondition: there is a name for every new row.
  public func appending(_ names: [String], _ rows: FeatureMatrix) throws -> FeatureTable {
    guard rows.dimensions == self.rows.dimensions else {
      throw FeaturesError.dimensions(
        first: source, count: self.rows.dimensions, second: "a new row", other: rows.dimensions)
    }
    let elements = [self.rows, rows].flatMap { rows in (0..<rows.count).flatMap { rows[$0] } }
    try self.rows.checkUnchanged()
    return FeatureTable(
      source: source, description: description, names: self.names + names,
      rows: FeatureMatrix(dimensions: rows.dimensions, elements: elements))
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

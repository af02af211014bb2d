internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetFormats

extension FeatureTable {
  // MARK: - NumPy

  static func npz(_ file: OpenFile) throws(WeightsError) -> Parts {
    let source = file.path
    let directory = try naming(source) { () throws(FormatError) in
      try ZipDirectory(of: file)
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
    _ file: OpenFile, _ place: Range<Int>, source: String
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
    _ file: OpenFile, _ place: Range<Int>, source: String
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
    return try fileErrors { () throws(FileError) in
      try FeatureNames(
        file: file, byteOffset: place.lowerBound + layout.byteOffset, count: count, width: width)
    }
  }

  private static func layout(
    _ file: OpenFile, _ place: Range<Int>, source: String
  ) throws(WeightsError) -> NumPyLayout {
    let start = try fileErrors { () throws(FileError) in
      try file.read(place.prefix(NumPyLayout.maximumByteCount))
    }
    return try naming(source) { () throws(FormatError) in try NumPyLayout(of: start.span.bytes) }
  }

  /// Reads the rows, and the names next to the file if they exist.
  static func npy(_ file: OpenFile) throws(WeightsError) -> Parts {
    let rows = try numPyRows(file, 0..<file.count, source: file.path)
    let list = FeatureFileForm.namesPath(of: file.path)
    guard FileStatus(list) != nil else { return (rows, nil, nil) }
    let bytes = try fileErrors { () throws(FileError) in
      try FileContents.read(list, limit: 1 << 31)
    }
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return (rows, FeatureNames(lines.map { String(decoding: $0, as: UTF8.self) }), nil)
  }

  // MARK: - safetensors

  static func safetensors(_ file: OpenFile) throws(WeightsError) -> Parts {
    let source = file.path
    let header = try SafetensorsHeader(of: file)
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
      if text.dtype == .u8, ends.dtype == .i64 {
        names = try fileErrors { () throws(FileError) in
          try FeatureNames(
            file: file, text: text.byteOffset..<(text.byteOffset + text.count),
            ends: ends.byteOffset, count: ends.count)
        }
      }
      guard names != nil else {
        throw .damaged(source: source, reason: "the tensors 'names' and 'name_ends' do not match")
      }
    }
    return (rows, names, header.metadata[Fields.description])
  }

  // MARK: - Both

  private static func matrix(
    _ file: OpenFile, byteOffset: Int, shape: [Int], precision: Precision, source: String
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

  static func description(
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

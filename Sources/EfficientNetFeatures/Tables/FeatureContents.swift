internal import EfficientNet
public import EfficientNetCompute
internal import EfficientNetFormats

/// The contents of a file of features. Rows and names are made while they are written, so memory
/// does not grow with their number.
struct FeatureContents {
  var description: FeatureDescription?
  var names: FeatureNames
  var dimensions: Int
  var rows: (Range<Int>) throws(FileError) -> [Float]

  /// Writes a file in the format of its extension.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - precision: The number format; all formats except .safetensors use float32.
  /// - Throws: `WeightsError`, ``FeaturesError``; no partial file is left.
  func write(to path: String, storing precision: Precision) throws {
    do {
      switch try FeatureFileForm(path: path, storing: precision) {
      case .npz: try writeNPZ(to: path)
      case .npy: try writeNPY(to: path)
      case .csv: try writeCSV(to: path)
      case .safetensors: try writeSafetensors(to: path, precision)
      }
    } catch let error as FileError {
      throw WeightsError.file(error)
    }
  }

  private var count: Int { names.count }
  private var json: String? { description.map(canonicalJSON) }

  private func forEachChunk(_ body: (Range<Int>) throws(FileError) -> Void) throws(FileError) {
    // Half a megabyte of numbers at a time.
    let chunk = max(1, (1 << 17) / dimensions)
    for first in stride(from: 0, to: count, by: chunk) {
      try body(first..<min(first + chunk, count))
    }
  }

  // MARK: - NumPy

  private func writeNPZ(to path: String) throws {
    let rowBytes = 4 * dimensions
    let width = max(1, names.reduce(0) { max($0, $1.unicodeScalars.count) })
    var entries = [
      ZipOutput.Entry(
        name: "\(FeatureTable.Fields.features).npy",
        header: NumPyLayout.bytes(descr: "<f4", shape: [count, dimensions]),
        byteCount: count * rowBytes
      ) { (range) throws(FileError) in
        try part(range, itemBytes: rowBytes) { (items) throws(FileError) in
          try rows(items).littleEndianBytes
        }
      },
      ZipOutput.Entry(
        name: "\(FeatureTable.Fields.names).npy",
        header: NumPyLayout.bytes(descr: "<U\(width)", shape: [count]),
        byteCount: 4 * width * count
      ) { (range) throws(FileError) in
        try part(range, itemBytes: 4 * width) { (rows) throws(FileError) in
          names[rows].flatMap { $0.fixedWidth(width) }
        }
      },
    ]
    if let json {
      let width = json.unicodeScalars.count
      let bytes = json.fixedWidth(width)
      entries.append(
        ZipOutput.Entry(
          name: "\(FeatureTable.Fields.description).npy",
          header: NumPyLayout.bytes(descr: "<U\(width)", shape: []), byteCount: bytes.count
        ) { Array(bytes[$0]) })
    }
    try ZipOutput.write(entries, to: path)
  }

  /// A range of the bytes of items of equal size.
  private func part(
    _ range: Range<Int>, itemBytes: Int, _ items: (Range<Int>) throws(FileError) -> [UInt8]
  ) throws(FileError) -> [UInt8] {
    guard !range.isEmpty else { return [] }
    let first = range.lowerBound / itemBytes
    let last = (range.upperBound - 1) / itemBytes
    let offset = range.lowerBound - first * itemBytes
    return Array(try items(first..<(last + 1))[offset..<(offset + range.count)])
  }

  private func writeNPY(to path: String) throws {
    try FeatureFileForm.check(names, of: path)
    var list = try OutputFile(path: FeatureFileForm.namesPath(of: path))
    try writeNames(to: &list)
    var file = try OutputFile(path: path)
    try file.write(NumPyLayout.bytes(descr: "<f4", shape: [count, dimensions]).span.bytes)
    try writeRows(to: &file, .float32)
    try list.commit()
    try file.commit()
  }

  // MARK: - Others

  private func writeCSV(to path: String) throws(FileError) {
    var file = try OutputFile(path: path)
    try file.write("name," + (0..<dimensions).map { "f\($0)" }.joined(separator: ",") + "\n")
    try forEachChunk { (range) throws(FileError) in
      let numbers = try rows(range)
      var text = ""
      for (place, row) in range.enumerated() {
        text += names[row].csvField
        for number in numbers[place * dimensions..<(place + 1) * dimensions] {
          text += ","
          text += "\(number)"
        }
        text += "\n"
      }
      try file.write(text)
    }
    try file.commit()
  }

  private func writeSafetensors(to path: String, _ precision: Precision) throws {
    var ends: [Int64] = []
    ends.reserveCapacity(count)
    var length = 0
    for name in names {
      length += name.utf8.count
      ends.append(Int64(length))
      length += 1
    }
    let header = try SafetensorsHeader.bytes(
      of: [
        (FeatureTable.Fields.features, precision == .float32 ? .f32 : .bf16, [count, dimensions]),
        (FeatureTable.Fields.nameEnds, .i64, [count]), (FeatureTable.Fields.names, .u8, [length]),
      ], metadata: json.map { [FeatureTable.Fields.description: $0] } ?? [:], path: path)
    var file = try OutputFile(path: path)
    try file.write(header.span.bytes)
    try writeRows(to: &file, precision)
    try file.write(ends.span.bytes)
    try writeNames(to: &file)
    try file.commit()
  }

  private func writeRows(to file: inout OutputFile, _ precision: Precision) throws(FileError) {
    try forEachChunk { (range) throws(FileError) in
      let numbers = try rows(range)
      let bytes = precision == .float32 ? numbers.littleEndianBytes : numbers.bfloat16Bytes
      try file.write(bytes.span.bytes)
    }
  }

  /// Writes the names, each followed by a line break.
  private func writeNames(to file: inout OutputFile) throws(FileError) {
    try forEachChunk { (rows) throws(FileError) in
      try file.write(names[rows].map { $0 + "\n" }.joined())
    }
  }
}

extension FeatureTable {
  /// Writes a file in the format of its extension; see ``FeatureFileForm``. Equal tables give equal
  /// bytes. Files in .npy and .csv have no place for ``description``: it is nil when the table is
  /// read again.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - precision: The number format; bfloat16, rounded to nearest, for .safetensors only.
  /// - Throws: `WeightsError`, ``FeaturesError``; no partial file is left.
  public func write(to path: String, storing precision: Precision = .float32) throws {
    try FeatureContents(
      description: description, names: names, dimensions: rows.dimensions,
      rows: { $0.flatMap { rows[$0] } }
    ).write(to: path, storing: precision)
  }
}

extension [Float] {
  fileprivate var littleEndianBytes: [UInt8] {
    span.bytes.copied(count: 4 * count)
  }

  /// The numbers in bfloat16, rounded to nearest; NaN stays NaN.
  fileprivate var bfloat16Bytes: [UInt8] {
    let halves = map { UInt16(BFloat16.bits($0)) }
    return halves.span.bytes.copied(count: 2 * count)
  }
}

extension String {
  /// The Unicode scalars as 32-bit numbers, padded with zeros.
  fileprivate func fixedWidth(_ width: Int) -> [UInt8] {
    var codes = unicodeScalars.map(\.value)
    codes += Array(repeating: 0, count: width - codes.count)
    return codes.span.bytes.copied(count: 4 * width)
  }
}

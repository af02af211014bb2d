internal import EfficientNet
internal import EfficientNetCompute

/// The rows of a run that is not at its end, in a file beside the output: a killed run goes on from there.
///
///     8 bytes    "EFFROWS1"
///     8 bytes    length N of the description, little-endian
///     N bytes    JSON: what the rows are, and zeros up to a multiple of 64
///     the rest   records, one behind the other: 8 bytes that say which photo, 8 bytes of checksum, and its row
///
/// A photo is its path, size and times: rows of photos that were changed do not count, nor do those that were half written. Rows of
/// other photos stay, for a run that has them again.
final class PartialFeatures: Sendable {
  private let file: WorkingFile
  private let dimensions: Int
  private let firstRow: Int
  /// Where the row of each photo is, and how many records there are.
  private let records: Locked<(places: [UInt64: Int], count: Int)>

  private static let magic = Array("EFFROWS1".utf8)

  /// Opens the file, or makes it.
  ///
  /// - Parameters:
  ///   - description: What the rows are.
  ///   - options: What else decides about them, in any form.
  /// - Throws: ``FeaturesError/inUse(path:)``, ``FeaturesError/unsuitable(path:reason:)`` if there is something else in it,
  ///   `FileError`.
  init(path: String, description: FeatureDescription, options: String) throws {
    guard let file = try WorkingFile(path: path) else { throw FeaturesError.inUse(path: path) }
    // How the network was named makes no difference.
    var description = description
    (description.modelOption, description.weightFile) = (nil, nil)
    let header = Self.header(Head(description: description, options: options))
    (self.file, dimensions, firstRow) = (file, description.features, header.count)
    records = Locked(([:], 0))
    if try file.read(0..<header.count) != header {
      guard try file.count == 0 || Self.magic == file.read(0..<Self.magic.count) else {
        throw FeaturesError.unsuitable(
          path: path, reason: "is in the way: it was not written by 'effnet embed'; move it")
      }
      guard try Self.isEmpty(file) else {
        throw FeaturesError.unsuitable(
          path: path,
          reason:
            "has rows that another network or other options made; end that run, or remove the file")
      }
      try file.truncate(to: 0)
      try file.write(header.span.bytes, at: 0)
    }
    try scan()
  }

  /// Whether a file ends behind its description.
  private static func isEmpty(_ file: WorkingFile) throws(FileError) -> Bool {
    let start = try file.read(0..<16)
    guard start.count == 16 else { return true }
    let length = Int(clamping: start.span.bytes.littleEndian(UInt64.self, at: 8))
    return file.count <= (16 + min(length, 1 << 40) + 63) / 64 * 64
  }

  /// Finds the rows that are whole.
  private func scan() throws(FileError) {
    let count = max(0, file.count - firstRow) / recordBytes
    var places: [UInt64: Int] = [:]
    for place in 0..<count {
      if let record = try record(at: place) { places[record.photo] = place }
    }
    let found = (places, count)
    records.withLock { $0 = found }
  }

  /// The bytes of a record and the photo that it is of, if it is whole.
  private func record(at place: Int) throws(FileError) -> (photo: UInt64, bytes: [UInt8])? {
    let record = try file.read(range(of: place))
    guard record.count == recordBytes else { return nil }
    let bytes = record.span.bytes
    let (photo, sum): (UInt64, UInt64) = (bytes.littleEndian(at: 0), bytes.littleEndian(at: 8))
    let row = bytes.extracting(Self.recordHead..<recordBytes)
    return sum == Self.checksum(row, photo: photo) ? (photo, record) : nil
  }

  /// Photos that have a row.
  var count: Int { records.withLock { $0.places.count } }

  private struct Head: Encodable {
    let description: FeatureDescription
    let options: String
  }

  private static func header(_ head: Head) -> [UInt8] {
    let json = Array(canonicalJSON(head).utf8)
    let bytes = magic + littleEndian([UInt64(json.count)]) + json
    return bytes + Array(repeating: 0, count: (64 - bytes.count % 64) % 64)
  }

  private static func littleEndian(_ numbers: [UInt64]) -> [UInt8] {
    numbers.span.bytes.copied(count: 8 * numbers.count)
  }

  /// Bytes in front of a record's row.
  private static let recordHead = 16
  private var recordBytes: Int { Self.recordHead + 4 * dimensions }

  private func range(of record: Int) -> Range<Int> {
    let begin = firstRow + record * recordBytes
    return begin..<(begin + recordBytes)
  }

  /// What a record's checksum is, never that of zeros.
  private static func checksum(_ row: RawSpan, photo: UInt64) -> UInt64 {
    var hash = StableHash(seed: photo)
    hash.combine(row)
    return hash.value | 1
  }

  /// Whether a photo has its row.
  ///
  /// - Parameter photo: ``identity(ofPhotoAt:)``.
  func hasRow(of photo: UInt64) -> Bool { records.withLock { $0.places[photo] != nil } }

  /// The row of a photo, if it is there.
  ///
  /// - Parameter photo: ``identity(ofPhotoAt:)``.
  /// - Throws: `FileError`.
  func row(of photo: UInt64) throws(FileError) -> [Float]? {
    guard let place = records.withLock({ $0.places[photo] }) else { return nil }
    guard let record = try record(at: place), record.photo == photo else { return nil }
    let bytes = record.bytes.span.bytes
    return (0..<dimensions).map {
      Float(bitPattern: bytes.littleEndian(at: Self.recordHead + 4 * $0))
    }
  }

  /// Keeps the row of a photo.
  ///
  /// - Throws: `FileError`.
  func keep(_ row: [Float], of photo: UInt64) throws(FileError) {
    precondition(row.count == dimensions, "a row of \(row.count) among those of \(dimensions)")
    let record =
      Self.littleEndian([photo, Self.checksum(row.span.bytes, photo: photo)])
      + row.span.bytes.copied(count: 4 * dimensions)
    let place = records.withLock { $0.count }
    try file.write(record.span.bytes, at: range(of: place).lowerBound)
    records.withLock { records in
      records.places[photo] = place
      records.count = place + 1
    }
  }

  func remove() { file.remove() }

  /// A number that tells a photo's file from others and from what it was before: its path, size and times.
  static func identity(ofPhotoAt path: String) -> UInt64 {
    var hash = StableHash(seed: 1)
    hash.combine(path)
    if let stamp = FileStatus(path)?.stamp {
      hash.combine(UInt64(bitPattern: stamp.size))
      hash.combine(UInt64(bitPattern: stamp.modified))
      // Programs that copy files set the other one.
      hash.combine(UInt64(bitPattern: stamp.changed))
    }
    return hash.value
  }
}

internal import EfficientNet
internal import EfficientNetCompute

/// The rows of an unfinished run, in a file next to the output, from which a killed run resumes.
///
///     8 bytes    "EFFROWS1"
///     8 bytes    length N of the description, little-endian
///     N bytes    JSON: the description, then zeros up to a multiple of 64
///     the rest   records: 8 bytes that identify the photo, 8 bytes of checksum, and the row
///
/// A photo is identified by path, device, inode number, size and times, so rows of changed and of
/// replaced photos do not count. Incomplete records do not count either. Rows of photos that are
/// not part of this run stay in the file, in case a later run includes them.
final class PartialFeatures: Sendable {
  private let file: WorkingFile
  private let dimensions: Int
  private let firstRow: Int
  /// The place of each photo's record, and the number of records.
  private let records: Locked<(places: [UInt64: Int], count: Int)>

  private static let magic = Array("EFFROWS1".utf8)

  /// Opens or creates the file.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - description: The description of the rows.
  ///   - options: Other options that affect the rows, in any form.
  ///   - replacesOthers: Whether other contents of the file are replaced.
  /// - Throws: ``FeaturesError/inUse(path:)``, ``FeaturesError/unsuitable(path:reason:)`` if the
  ///   file has other contents that are not replaced, `FileError`.
  init(
    path: String, description: FeatureDescription, options: String, replacesOthers: Bool = false
  ) throws {
    guard let file = try WorkingFile(path: path) else { throw FeaturesError.inUse(path: path) }
    // The name under which the network was given does not matter.
    var description = description
    (description.model, description.modelOption, description.weightFile) = ("", nil, nil)
    let header = Self.header(Head(description: description, options: options))
    (self.file, dimensions, firstRow) = (file, description.features, header.count)
    records = Locked(([:], 0))
    if try file.read(0..<header.count) != header {
      guard try replacesOthers || file.count == 0 || Self.magic == file.read(0..<Self.magic.count)
      else {
        throw FeaturesError.unsuitable(
          path: path, reason: "exists, but is not an unfinished file of features; move it away")
      }
      guard try replacesOthers || Self.isEmpty(file) else {
        throw FeaturesError.unsuitable(
          path: path,
          reason:
            "has rows of another network or of other options; finish that run, or delete the file")
      }
      try file.truncate(to: 0)
      try file.write(header.span.bytes, at: 0)
    }
    // The time tells when the file was last used.
    file.setTime()
    try scan()
  }

  /// Whether a file has no bytes behind its description.
  private static func isEmpty(_ file: WorkingFile) throws(FileError) -> Bool {
    let start = try file.read(0..<16)
    guard start.count == 16 else { return true }
    let length = Int(clamping: start.span.bytes.littleEndian(UInt64.self, at: 8))
    return file.count <= (16 + min(length, 1 << 40) + 63) / 64 * 64
  }

  /// Finds the complete rows.
  private func scan() throws(FileError) {
    let count = max(0, file.count - firstRow) / recordBytes
    var places: [UInt64: Int] = [:]
    for place in 0..<count {
      if let record = try record(at: place) { places[record.photo] = place }
    }
    let found = (places, count)
    records.withLock { $0 = found }
  }

  /// The bytes of a record and its photo; nil if the record is incomplete.
  private func record(at place: Int) throws(FileError) -> (photo: UInt64, bytes: [UInt8])? {
    let record = try file.read(range(of: place))
    guard record.count == recordBytes else { return nil }
    let bytes = record.span.bytes
    let (photo, sum): (UInt64, UInt64) = (bytes.littleEndian(at: 0), bytes.littleEndian(at: 8))
    let row = bytes.extracting(Self.recordHead..<recordBytes)
    return sum == Self.checksum(row, photo: photo) ? (photo, record) : nil
  }

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

  /// The number of bytes of a record before its row.
  private static let recordHead = 16
  private var recordBytes: Int { Self.recordHead + 4 * dimensions }

  private func range(of record: Int) -> Range<Int> {
    let begin = firstRow + record * recordBytes
    return begin..<(begin + recordBytes)
  }

  /// The checksum of a record; it is never zero, so a record of zeros is invalid.
  private static func checksum(_ row: RawSpan, photo: UInt64) -> UInt64 {
    var hash = StableHash(seed: photo)
    hash.combine(row)
    return hash.value | 1
  }

  /// Whether a photo has a row.
  ///
  /// - Parameter photo: The identity of the photo; see ``identity(ofPhotoAt:bytes:)``.
  func hasRow(of photo: UInt64) -> Bool { records.withLock { $0.places[photo] != nil } }

  /// The row of a photo, or nil.
  ///
  /// - Parameter photo: The identity of the photo; see ``identity(ofPhotoAt:bytes:)``.
  /// - Throws: `FileError`.
  func row(of photo: UInt64) throws(FileError) -> [Float]? {
    guard let place = records.withLock({ $0.places[photo] }) else { return nil }
    guard let record = try record(at: place), record.photo == photo else { return nil }
    let bytes = record.bytes.span.bytes
    return (0..<dimensions).map {
      Float(bitPattern: bytes.littleEndian(at: Self.recordHead + 4 * $0))
    }
  }

  func keep(_ row: [Float], of photo: UInt64) throws(FileError) {
    precondition(row.count == dimensions, "a row of \(row.count) numbers, not \(dimensions)")
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

  /// The time of the last use, in nanoseconds since 1970; nil if the file is gone.
  var modified: Int64? { FileStatus(file.path)?.stamp.modified }

  /// Removes the rows of all photos but the given ones. A crash loses no row of a given photo except
  /// the one that is being moved.
  ///
  /// - Parameter photos: The identities of the photos; see ``identity(ofPhotoAt:bytes:)``.
  /// - Throws: `FileError`.
  func removeOthers(than photos: Set<UInt64>) throws(FileError) {
    let kept = records.withLock { $0.places }.filter { photos.contains($0.key) }
      .sorted { $0.value < $1.value }
    var places: [UInt64: Int] = [:]
    for (photo, place) in kept {
      guard let record = try record(at: place), record.photo == photo else { continue }
      // Never behind its old place, so no later record is overwritten before it is moved.
      try file.write(record.bytes.span.bytes, at: range(of: places.count).lowerBound)
      places[photo] = places.count
    }
    try file.truncate(to: range(of: places.count).lowerBound)
    let moved = (places, places.count)
    records.withLock { $0 = moved }
  }

  /// A number that identifies a photo's file and its version, or a photo with given bytes.
  static func identity(ofPhotoAt path: String, bytes: [UInt8]? = nil) -> UInt64 {
    var hash = StableHash(seed: 1)
    hash.combine(path)
    if let bytes {
      hash.combine(bytes.span.bytes)
    } else if let status = FileStatus(path) {
      // Another file comes to this path without a new time if a folder above it is renamed.
      hash.combine(status.identity.device)
      hash.combine(status.identity.number)
      let stamp = status.stamp
      hash.combine(UInt64(bitPattern: stamp.size))
      hash.combine(UInt64(bitPattern: stamp.modified))
      // Programs that copy files set the modification time, but not this one.
      hash.combine(UInt64(bitPattern: stamp.changed))
    }
    return hash.value
  }
}

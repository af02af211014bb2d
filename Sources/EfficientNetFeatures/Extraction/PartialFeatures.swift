internal import EfficientNet
internal import EfficientNetCompute

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The rows of a run that is not at its end, in a file beside the output: a killed run goes on from there.
///
///     8 bytes    "EFFROWS1"
///     8 bytes    length N of the description, little-endian
///     N bytes    JSON: what the rows are, and zeros up to a multiple of 64
///     the rest   for each photo in their order 8 bytes of checksum and its row; zeros for a photo without one
///
/// The checksum is one of the row and of the photo's path, size and time: rows of photos that were changed, moved or
/// half written do not count.
final class PartialFeatures: Sendable {
  /// What was found.
  enum Start: Equatable {
    /// Nothing.
    case new
    /// The rows of the same run.
    case resumed
    /// Those of another one, which are gone.
    case replaced
  }

  let start: Start
  private let file: WorkingFile
  private let dimensions: Int
  private let firstRow: Int

  private static let magic = Array("EFFROWS1".utf8)

  /// Opens the file, or makes it.
  ///
  /// - Parameters:
  ///   - description: What the rows are.
  ///   - options: What else decides about them, in any form.
  /// - Throws: ``FeaturesError/inUse(path:)``, `FileError`.
  init(path: String, description: FeatureDescription, options: String) throws {
    guard let file = try WorkingFile(path: path) else { throw FeaturesError.inUse(path: path) }
    let header = try Self.header(Head(description: description, options: options))
    if file.count == 0 {
      start = .new
    } else if try file.read(0..<header.count) == header {
      start = .resumed
    } else {
      guard try Self.magic == file.read(0..<Self.magic.count) else {
        throw FeaturesError.unsuitable(
          path: path, reason: "is in the way: it was not written by 'effnet embed'; move it")
      }
      start = .replaced
      try file.clear()
    }
    if start != .resumed { try file.write(header.span.bytes, at: 0) }
    (self.file, dimensions, firstRow) = (file, description.features, header.count)
  }

  private struct Head: Encodable {
    let description: FeatureDescription
    let options: String
  }

  private static func header(_ head: Head) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = Array(try encoder.encode(head))
    var bytes = magic
    for shift in stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: UInt64(json.count) >> UInt64(shift)))
    }
    bytes += json
    return bytes + Array(repeating: 0, count: (64 - bytes.count % 64) % 64)
  }

  private var recordBytes: Int { 8 + 4 * dimensions }

  private func range(of photo: Int) -> Range<Int> {
    let begin = firstRow + photo * recordBytes
    return begin..<(begin + recordBytes)
  }

  /// What a record's checksum is, never that of zeros.
  private static func checksum(_ row: RawSpan, photo: UInt64) -> UInt64 {
    var hash = StableHash(seed: photo)
    hash.combine(row)
    return hash.value | 1
  }

  /// The row of a photo, if it is there.
  ///
  /// - Parameters:
  ///   - photo: Its place among the photos.
  ///   - identity: ``identity(ofPhotoAt:)``.
  /// - Throws: `FileError`.
  func row(of photo: Int, identity: UInt64) throws(FileError) -> [Float]? {
    let record = try file.read(range(of: photo))
    guard record.count == recordBytes else { return nil }
    let bytes = record.span.bytes
    let found: UInt64 = bytes.littleEndian(at: 0)
    guard
      found == Self.checksum(bytes.extracting(8..<recordBytes), photo: identity)
    else { return nil }
    return (0..<dimensions).map { Float(bitPattern: bytes.littleEndian(at: 8 + 4 * $0)) }
  }

  /// Keeps the row of a photo.
  ///
  /// - Throws: `FileError`.
  func keep(_ row: [Float], of photo: Int, identity: UInt64) throws(FileError) {
    precondition(row.count == dimensions, "a row of \(row.count) among those of \(dimensions)")
    var record: [UInt8] = []
    record.reserveCapacity(recordBytes)
    let sum = Self.checksum(row.span.bytes, photo: identity)
    for shift in stride(from: 0, to: 64, by: 8) {
      record.append(UInt8(truncatingIfNeeded: sum >> UInt64(shift)))
    }
    record += row.span.bytes.copied(count: 4 * dimensions)
    try file.write(record.span.bytes, at: range(of: photo).lowerBound)
  }

  /// Removes the file.
  func remove() { file.remove() }

  /// A number that tells a photo's file from others and from what it was before: its path, size and time.
  static func identity(ofPhotoAt path: String) -> UInt64 {
    var hash = StableHash(seed: 1)
    hash.combine(path)
    if let stamp = FileStamp(path: path) {
      hash.combine(UInt64(bitPattern: stamp.size))
      hash.combine(UInt64(bitPattern: stamp.modified))
    }
    return hash.value
  }
}

internal import EfficientNet
internal import EfficientNetCompute
package import EfficientNetSystem

/// The directory of a zip archive: the names and places of its files. Stored files can be read in
/// place, however large they are.
///
///     let directory = try ZipDirectory(of: bytes)
///     directory.entries.first { $0.name == "features.npy" }?.range
///
/// Reading the directory does not compare contents with their checksums, which would read all of
/// them; ``extract(_:from:limit:)`` does.
///
/// Source: [APPNOTE](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), sections 4.3.7,
/// 4.3.12 and 4.3.14 to 4.3.16.
package struct ZipDirectory {
  package struct Entry {
    package let name: String
    let packed: Range<Int>
    /// The compression method: 0 stored, 8 deflated.
    let method: Int
    let isEncrypted: Bool
    /// The number and the CRC-32 of the unpacked bytes.
    let size: Int
    let checksum: UInt32

    /// The bytes in the archive, or nil if they are compressed or encrypted.
    package var range: Range<Int>? { method == 0 && !isEncrypted ? packed : nil }
  }

  package private(set) var entries: [Entry] = []
  /// The indices of the files by the bytes of their names: two strings can be equal in different
  /// Unicode forms.
  private(set) var indices: [[UInt8]: Int] = [:]

  var names: [String] { entries.map(\.name) }

  /// The first bytes of an archive with at least one file.
  static let start: [UInt8] = Array("PK".utf8)
  /// The largest number of files in an archive; a checkpoint has some hundreds.
  private static let maximumEntries = 100_000
  /// The largest size of a directory in bytes: it is read into memory.
  private static let maximumByteCount = 1 << 28
  /// The value that stands for a number in the zip64 field.
  private static let elsewhere = Int(UInt32.max)

  private struct Place {
    var count: Int
    var byteCount: Int
    var offset: Int
  }

  /// A part of the archive.
  ///
  /// - Throws: ``FormatError`` if it cannot be read.
  typealias Reader = (Range<Int>) throws(FormatError) -> [UInt8]

  /// Reads the directory of a file and checks that every entry lies inside the archive. It reads
  /// only the directory and the headers of the entries.
  package init(of file: OpenFile) throws(FormatError) {
    try self.init(byteCount: file.count) { (range) throws(FormatError) in try file.part(range) }
  }

  /// Reads the directory and checks that every file lies inside the archive.
  ///
  /// - Parameter bytes: The whole archive.
  package init(of bytes: RawSpan) throws(FormatError) {
    try self.init(byteCount: bytes.byteCount) { (range) throws(FormatError) in
      bytes.copied(from: range.lowerBound, count: range.count)
    }
  }

  private init(byteCount: Int, read: Reader) throws(FormatError) {
    guard let place = try Self.place(byteCount: byteCount, read: read) else {
      throw Self.unreadable("it has no directory at its end")
    }
    guard place.count >= 0, place.count <= Self.maximumEntries else {
      throw .unsupported(
        "lists \(place.count) files; the limit is \(Self.maximumEntries)")
    }
    guard place.byteCount <= Self.maximumByteCount else {
      throw .unsupported(
        "has a directory of \(place.byteCount) bytes; the limit is \(Self.maximumByteCount)")
    }
    guard place.offset >= 0, place.byteCount >= 0, place.offset <= byteCount,
      place.byteCount <= byteCount - place.offset
    else { throw Self.unreadable("its directory lies outside the file") }
    let directory = try read(place.offset..<(place.offset + place.byteCount))
    var at = 0
    for index in 0..<place.count {
      let entry = try Self.entry(
        at: &at, of: directory.span.bytes, byteCount: byteCount, read: read)
      guard indices.updateValue(index, forKey: Array(entry.name.utf8)) == nil else {
        throw .damaged("it has two entries \(WeightsError.quoted(entry.name))")
      }
      entries.append(entry)
    }
  }

  private static func unreadable(_ reason: String) -> FormatError {
    .damaged("not a readable zip archive (\(reason))")
  }

  /// Finds the end record; a comment may follow it.
  private static func place(byteCount: Int, read: Reader) throws(FormatError) -> Place? {
    let size = 22
    guard byteCount >= size else { return nil }
    let begin = max(0, byteCount - size - 65535)
    let tail = try read(begin..<byteCount)
    let bytes = tail.span.bytes
    let last = bytes.byteCount - size
    for at in stride(from: last, through: 0, by: -1)
    where bytes.littleEndian(UInt32.self, at: at) == 0x0605_4b50
      && Int(bytes.littleEndian(UInt16.self, at: at + 20)) == last - at
    {
      let place = Place(
        count: Int(bytes.littleEndian(UInt16.self, at: at + 10)),
        byteCount: Int(bytes.littleEndian(UInt32.self, at: at + 12)),
        offset: Int(bytes.littleEndian(UInt32.self, at: at + 16)))
      let isLarge =
        place.count == Int(UInt16.max) || place.byteCount == elsewhere || place.offset == elsewhere
      return isLarge ? try largePlace(before: begin + at, read: read) ?? place : place
    }
    return nil
  }

  /// Finds the zip64 end record through its locator, which precedes the end record.
  private static func largePlace(before end: Int, read: Reader) throws(FormatError) -> Place? {
    let begin = end - 20
    guard begin >= 0 else { return nil }
    let locator = try read(begin..<end)
    guard locator.span.bytes.littleEndian(UInt32.self, at: 0) == 0x0706_4b50,
      let at = Int(exactly: locator.span.bytes.littleEndian(UInt64.self, at: 8)), at <= begin - 56
    else { return nil }
    let record = try read(at..<(at + 56))
    let bytes = record.span.bytes
    guard bytes.littleEndian(UInt32.self, at: 0) == 0x0606_4b50,
      let count = Int(exactly: bytes.littleEndian(UInt64.self, at: 32)),
      let byteCount = Int(exactly: bytes.littleEndian(UInt64.self, at: 40)),
      let offset = Int(exactly: bytes.littleEndian(UInt64.self, at: 48))
    else { return nil }
    return Place(count: count, byteCount: byteCount, offset: offset)
  }

  /// Reads the entry at `offset` of the directory and moves `offset` past that entry.
  private static func entry(
    at offset: inout Int, of directory: RawSpan, byteCount archive: Int, read: Reader
  ) throws(FormatError) -> Entry {
    let at = offset
    let invalid = unreadable("its directory is not valid")
    let fixed = 46
    guard directory.byteCount - at >= fixed,
      directory.littleEndian(UInt32.self, at: at) == 0x0201_4b50
    else { throw invalid }
    func short(_ field: Int) -> Int { Int(directory.littleEndian(UInt16.self, at: at + field)) }
    func long(_ field: Int) -> Int { Int(directory.littleEndian(UInt32.self, at: at + field)) }
    let (nameCount, extraCount) = (short(28), short(30))
    let byteCount = fixed + nameCount + extraCount + short(32)
    guard directory.byteCount - at >= byteCount else { throw invalid }
    offset += byteCount
    let (method, isEncrypted) = (short(10), short(8) & 1 != 0)
    var (packed, size, header) = (long(20), long(24), long(42))
    // Numbers that do not fit into 32 bits are in the extra field 1, in this order.
    let extra = directory.extracting(
      (at + fixed + nameCount)..<(at + fixed + nameCount + extraCount))
    var large = largeNumbers(in: extra)[...]
    if size == elsewhere { size = large.popFirst() ?? -1 }
    if packed == elsewhere { packed = large.popFirst() ?? -1 }
    if header == elsewhere { header = large.popFirst() ?? -1 }
    if method == 0, !isEncrypted, packed != size { throw invalid }

    let nameBytes: [UInt8] = directory.copied(from: at + fixed, count: nameCount)
    let quoted = WeightsError.quoted(String(decoding: nameBytes, as: UTF8.self))
    // Two repaired names could be equal.
    guard let name = String(validating: nameBytes, as: UTF8.self) else {
      throw .unsupported(
        "has an entry \(quoted) whose name is not UTF-8; "
          + "pack it again, for instance with Python's zipfile")
    }
    // The contents follow a header that repeats the name.
    let outside = unreadable("entry \(quoted) lies outside the file")
    let headerFixed = 30
    guard size >= 0, packed >= 0, header >= 0, header <= archive - headerFixed else {
      throw outside
    }
    let local = try read(header..<(header + headerFixed))
    guard local.span.bytes.littleEndian(UInt32.self, at: 0) == 0x0403_4b50 else { throw outside }
    let begin =
      header + headerFixed + Int(local.span.bytes.littleEndian(UInt16.self, at: 26))
      + Int(local.span.bytes.littleEndian(UInt16.self, at: 28))
    guard begin <= archive, packed <= archive - begin else { throw outside }
    return Entry(
      name: name, packed: begin..<(begin + packed), method: method, isEncrypted: isEncrypted,
      size: size, checksum: directory.littleEndian(UInt32.self, at: at + 16))
  }

  /// Returns the numbers in the extra field 1, or none if the field is missing or invalid.
  private static func largeNumbers(in extra: RawSpan) -> [Int] {
    var at = 0
    while extra.byteCount - at >= 4 {
      let kind = extra.littleEndian(UInt16.self, at: at)
      let count = Int(extra.littleEndian(UInt16.self, at: at + 2))
      guard count <= extra.byteCount - at - 4 else { return [] }
      if kind == 1 {
        return stride(from: at + 4, through: at + 4 + count - 8, by: 8).map {
          Int(exactly: extra.littleEndian(UInt64.self, at: $0)) ?? -1
        }
      }
      at += 4 + count
    }
    return []
  }
}

extension OpenFile {
  /// Returns a part of the file.
  ///
  /// - Throws: ``FormatError/file(_:)``.
  func part(_ range: Range<Int>) throws(FormatError) -> [UInt8] {
    do throws(FileError) { return try read(range) } catch { throw .file(error) }
  }
}

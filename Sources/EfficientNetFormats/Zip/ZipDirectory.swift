package import EfficientNet
internal import EfficientNetCompute

/// Where the files of a zip archive lie. Those that are stored as they are can be read in place, however large.
///
///     let directory = try ZipDirectory(of: bytes, source: "features.npz")
///     directory.entries.first { $0.name == "features.npy" }?.range
///
/// Contents are not compared with their checksums, which would mean to read them all; ``extract(_:from:limit:)`` does it.
///
/// Source: [APPNOTE](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), sections 4.3.7, 4.3.12 and 4.3.14 to 4.3.16.
package struct ZipDirectory {
  /// A file of the archive.
  package struct Entry {
    /// Its name.
    package let name: String
    /// Its bytes in the archive, as they are packed.
    let packed: Range<Int>
    /// How they are packed: 0 stored, 8 deflated.
    let method: Int
    let isEncrypted: Bool
    /// The number and the CRC-32 of the bytes that were packed.
    let size: Int
    let checksum: UInt32

    /// Its bytes in the archive; nil if they are compressed or encrypted.
    package var range: Range<Int>? { method == 0 && !isEncrypted ? packed : nil }
  }

  /// Where the archive comes from, for messages.
  let source: String
  /// The files in the order of the directory.
  package private(set) var entries: [Entry] = []
  /// The files by their names' bytes: strings are also equal in different Unicode forms.
  private(set) var indices: [[UInt8]: Int] = [:]

  /// The files' names in that order.
  var names: [String] { entries.map(\.name) }

  /// The most files that an archive may list; a checkpoint has some hundreds.
  private static let maximumEntries = 100_000
  /// What stands where a number has its place in a zip64 field.
  private static let elsewhere = Int(UInt32.max)

  /// Where the directory lies and how many entries it has.
  private struct Place {
    var count: Int
    var byteCount: Int
    var offset: Int
  }

  /// Reads the directory and checks that every file lies in the archive.
  ///
  /// - Parameter bytes: The whole archive.
  /// - Throws: ``WeightsError``.
  package init(of bytes: RawSpan, source: String) throws(WeightsError) {
    func damaged(_ reason: String) -> WeightsError {
      .damaged(source: source, reason: "not a readable zip archive (\(reason))")
    }
    self.source = source
    guard let place = Self.place(in: bytes) else { throw damaged("it has no directory at its end") }
    guard place.count >= 0, place.count <= Self.maximumEntries else {
      throw .unsupported(
        source: source, reason: "lists \(place.count) files, far more than weights need")
    }
    guard place.offset >= 0, place.byteCount >= 0, place.offset <= bytes.byteCount,
      place.byteCount <= bytes.byteCount - place.offset
    else { throw damaged("its directory lies outside of it") }
    let directory = bytes.extracting(place.offset..<(place.offset + place.byteCount))
    var at = 0
    for index in 0..<place.count {
      guard let record = Record(of: directory, at: at) else {
        throw damaged("its directory is not valid")
      }
      at += record.byteCount
      let quoted = WeightsError.quoted(String(decoding: record.name, as: UTF8.self))
      // Names that are repaired might be equal.
      guard let name = String(validating: record.name, as: UTF8.self) else {
        throw .unsupported(
          source: source,
          reason: "has an entry \(quoted) whose name is not UTF-8; "
            + "pack it again, for instance with Python's zipfile")
      }
      guard let entry = record.entry(name, in: bytes) else {
        throw damaged("entry \(quoted) lies outside of it")
      }
      guard indices.updateValue(index, forKey: record.name) == nil else {
        throw .damaged(source: source, reason: "it has two entries \(quoted)")
      }
      entries.append(entry)
    }
  }

  /// Finds the end record, behind which there may be a comment.
  private static func place(in bytes: RawSpan) -> Place? {
    let size = 22
    guard bytes.byteCount >= size else { return nil }
    let last = bytes.byteCount - size
    for at in stride(from: last, through: max(0, last - 65535), by: -1)
    where bytes.littleEndian(UInt32.self, at: at) == 0x0605_4b50
      && Int(bytes.littleEndian(UInt16.self, at: at + 20)) == last - at
    {
      let place = Place(
        count: Int(bytes.littleEndian(UInt16.self, at: at + 10)),
        byteCount: Int(bytes.littleEndian(UInt32.self, at: at + 12)),
        offset: Int(bytes.littleEndian(UInt32.self, at: at + 16)))
      let isLarge =
        place.count == Int(UInt16.max) || place.byteCount == elsewhere || place.offset == elsewhere
      return isLarge ? largePlace(in: bytes, before: at) ?? place : place
    }
    return nil
  }

  /// The zip64 end record, whose place is said just before the other one.
  private static func largePlace(in bytes: RawSpan, before end: Int) -> Place? {
    let locator = end - 20
    guard locator >= 0, bytes.littleEndian(UInt32.self, at: locator) == 0x0706_4b50,
      let at = Int(exactly: bytes.littleEndian(UInt64.self, at: locator + 8)),
      at <= locator - 56, bytes.littleEndian(UInt32.self, at: at) == 0x0606_4b50,
      let count = Int(exactly: bytes.littleEndian(UInt64.self, at: at + 32)),
      let byteCount = Int(exactly: bytes.littleEndian(UInt64.self, at: at + 40)),
      let offset = Int(exactly: bytes.littleEndian(UInt64.self, at: at + 48))
    else { return nil }
    return Place(count: count, byteCount: byteCount, offset: offset)
  }

  /// What the directory says of a file.
  private struct Record {
    /// The name's bytes.
    let name: [UInt8]
    let byteCount: Int
    private let method: Int
    private let isEncrypted: Bool
    private let checksum: UInt32
    private var packed: Int
    private var size: Int
    private var header: Int

    init?(of directory: RawSpan, at: Int) {
      let fixed = 46
      guard directory.byteCount - at >= fixed,
        directory.littleEndian(UInt32.self, at: at) == 0x0201_4b50
      else { return nil }
      func number(_ offset: Int) -> Int {
        Int(directory.littleEndian(UInt16.self, at: at + offset))
      }
      let (nameCount, extraCount) = (number(28), number(30))
      byteCount = fixed + nameCount + extraCount + number(32)
      guard directory.byteCount - at >= byteCount else { return nil }
      name = directory.copied(from: at + fixed, count: nameCount)
      isEncrypted = number(8) & 1 != 0
      method = number(10)
      checksum = directory.littleEndian(UInt32.self, at: at + 16)
      packed = Int(directory.littleEndian(UInt32.self, at: at + 20))
      size = Int(directory.littleEndian(UInt32.self, at: at + 24))
      header = Int(directory.littleEndian(UInt32.self, at: at + 42))
      // Numbers that are too large have their place in the extra field 1, in this order.
      let extra = directory.extracting(
        (at + fixed + nameCount)..<(at + fixed + nameCount + extraCount))
      var large = Self.largeNumbers(in: extra)[...]
      if size == ZipDirectory.elsewhere { size = large.popFirst() ?? -1 }
      if packed == ZipDirectory.elsewhere { packed = large.popFirst() ?? -1 }
      if header == ZipDirectory.elsewhere { header = large.popFirst() ?? -1 }
      if method == 0, !isEncrypted, packed != size { return nil }
    }

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

    /// The file, which lies behind its own header; that one repeats the name.
    func entry(_ name: String, in bytes: RawSpan) -> Entry? {
      let fixed = 30
      guard size >= 0, packed >= 0, header >= 0, header <= bytes.byteCount - fixed,
        bytes.littleEndian(UInt32.self, at: header) == 0x0403_4b50
      else { return nil }
      let begin =
        header + fixed + Int(bytes.littleEndian(UInt16.self, at: header + 26))
        + Int(bytes.littleEndian(UInt16.self, at: header + 28))
      guard begin <= bytes.byteCount, packed <= bytes.byteCount - begin else { return nil }
      return Entry(
        name: name, packed: begin..<(begin + packed), method: method, isEncrypted: isEncrypted,
        size: size, checksum: checksum)
    }
  }
}

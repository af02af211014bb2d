package import EfficientNet
internal import EfficientNetCompute

/// A writer of uncompressed zip archives.
///
///     try ZipOutput.write(entries, to: "b0.npz")
///
/// The ``OutputFile`` makes the archive appear complete or not at all. The writer never holds a
/// whole entry in memory.
///
/// Source: [APPNOTE](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), sections 4.3.7,
/// 4.3.12 and 4.3.14 to 4.3.16.
package enum ZipOutput {
  /// A file of the archive: a header and the contents behind it.
  package struct Entry {
    fileprivate let name: String
    fileprivate let header: [UInt8]
    fileprivate let byteCount: Int
    fileprivate let make: (Range<Int>) throws(FileError) -> [UInt8]

    /// Creates an entry with a header and `byteCount` bytes behind it.
    ///
    /// - Parameters:
    ///   - name: The name of the file.
    ///   - header: The first bytes of the file.
    ///   - byteCount: The number of bytes behind the header.
    ///   - make: Returns the bytes of a range of them; called for one range after the other.
    package init(
      name: String, header: [UInt8], byteCount: Int,
      make: @escaping (Range<Int>) throws(FileError) -> [UInt8]
    ) {
      (self.name, self.header, self.byteCount, self.make) = (name, header, byteCount, make)
    }
  }

  /// The largest number of bytes that one call of `make` returns.
  private static let partByteCount = 1 << 18
  /// The value that stands for a number in the zip64 field.
  private static let elsewhere = Int(UInt32.max)

  /// Writes the entries uncompressed. All are dated 1980-01-01, so that equal entries give equal
  /// archives.
  package static func write(_ entries: [Entry], to path: String) throws(WeightsError) {
    var file = try fileErrors { () throws(FileError) in try OutputFile(path: path) }
    guard file.canRewrite else {
      throw .unsupported(
        source: path, reason: "is not a regular file; write the zip archive to another path")
    }
    do {
      var directory = ZipBytes()
      var offset = 0
      for entry in entries {
        let size = try write(entry, at: offset, to: &file, listedIn: &directory)
        offset += size
      }
      directory.end(count: entries.count, offset: offset)
      try file.write(directory.bytes.span.bytes)
      try file.commit()
    } catch {
      throw .file(error)
    }
  }

  /// Writes an entry and returns the number of bytes that it takes.
  private static func write(
    _ entry: Entry, at offset: Int, to file: inout OutputFile, listedIn directory: inout ZipBytes
  ) throws(FileError) -> Int {
    let size = entry.header.count + entry.byteCount
    var local = ZipBytes()
    local.header(entry.name, size: size, checksum: 0)
    try file.write(local.bytes.span.bytes)
    var checksum: UInt32 = 0
    try file.write(entry.header.span.bytes, summed: &checksum)
    for start in stride(from: 0, to: entry.byteCount, by: partByteCount) {
      let range = start..<min(start + partByteCount, entry.byteCount)
      let part = try entry.make(range)
      precondition(
        part.count == range.count, "\(part.count) bytes for \(range.count) of \(entry.name)")
      try file.write(part.span.bytes, summed: &checksum)
    }
    // Rewrite the header with the checksum, which is known only now; its length is the same.
    var final = ZipBytes()
    final.header(entry.name, size: size, checksum: checksum)
    try file.write(final.bytes.span.bytes, at: offset)
    directory.record(entry.name, size: size, checksum: checksum, offset: offset)
    return final.bytes.count + size
  }

  /// The records of an archive, little-endian.
  private struct ZipBytes {
    var bytes: [UInt8] = []

    private mutating func put<Number: FixedWidthInteger>(_ numbers: [Int], _: Number.Type) {
      for number in numbers {
        unsafe withUnsafeBytes(of: Number(number).littleEndian) {
          unsafe bytes.append(contentsOf: $0)
        }
      }
    }

    private mutating func short(_ numbers: Int...) { put(numbers, UInt16.self) }
    private mutating func long(_ numbers: Int...) { put(numbers, UInt32.self) }
    private mutating func large(_ numbers: [Int]) { put(numbers, UInt64.self) }

    /// Appends the common part of both headers of a file: flags, method 0 (stored), time, checksum
    /// and sizes.
    private mutating func common(_ name: String, size: Int, checksum: UInt32) {
      // Bit 11 marks a UTF-8 name; 0x21 is the format's first day.
      short(name.utf8.allSatisfy { $0 < 0x80 } ? 0 : 1 << 11, 0, 0, 0x21)
      long(Int(checksum), min(size, elsewhere), min(size, elsewhere))
    }

    /// Appends the header in front of a file.
    mutating func header(_ name: String, size: Int, checksum: UInt32) {
      let numbers = size >= elsewhere ? [size, size] : []
      long(0x0403_4b50)
      short(numbers.isEmpty ? 10 : 45)
      common(name, size: size, checksum: checksum)
      short(name.utf8.count, numbers.isEmpty ? 0 : 4 + 8 * numbers.count)
      bytes += Array(name.utf8)
      zip64(numbers)
    }

    /// Appends the directory's record of a file.
    mutating func record(_ name: String, size: Int, checksum: UInt32, offset: Int) {
      let numbers =
        (size >= elsewhere ? [size, size] : []) + (offset >= elsewhere ? [offset] : [])
      long(0x0201_4b50)
      // Created on Unix.
      short(3 << 8 | 63, numbers.isEmpty ? 10 : 45)
      common(name, size: size, checksum: checksum)
      short(name.utf8.count, numbers.isEmpty ? 0 : 4 + 8 * numbers.count, 0, 0, 0)
      // A regular file that everybody may read and write.
      long(0o100666 << 16, min(offset, elsewhere))
      bytes += Array(name.utf8)
      zip64(numbers)
    }

    /// Appends the extra field with the numbers that do not fit into 32 bits.
    private mutating func zip64(_ numbers: [Int]) {
      if numbers.isEmpty { return }
      short(1, 8 * numbers.count)
      large(numbers)
    }

    /// Appends the end records of a directory that consists of these bytes and lies at `offset`.
    mutating func end(count: Int, offset: Int) {
      let size = bytes.count
      if count >= Int(UInt16.max) || size >= elsewhere || offset >= elsewhere {
        long(0x0606_4b50)
        large([44])
        short(3 << 8 | 63, 45)
        long(0, 0)
        large([count, count, size, offset])
        long(0x0706_4b50, 0)
        large([offset + size])
        long(1)
      }
      let shortCount = min(count, Int(UInt16.max))
      long(0x0605_4b50)
      short(0, 0, shortCount, shortCount)
      long(min(size, elsewhere), min(offset, elsewhere))
      short(0)
    }
  }
}

extension OutputFile {
  /// Appends bytes and adds them to a CRC-32.
  fileprivate mutating func write(_ bytes: RawSpan, summed checksum: inout UInt32) throws(FileError)
  {
    checksum = Zlib.crc32(bytes, after: checksum)
    try write(bytes)
  }
}

package import EfficientNet
internal import EfficientNetCompute

extension ZipDirectory {
  /// Returns the contents of one stored or deflated entry after comparing them with their checksum.
  ///
  /// - Parameters:
  ///   - name: The name of the entry.
  ///   - bytes: The whole archive of this directory.
  ///   - limit: The largest size of the contents in bytes.
  /// - Throws: ``FormatError`` if the entry is missing, larger than `limit`, damaged or encrypted,
  ///   or if there is too little memory.
  func extract(
    _ name: String, from bytes: RawSpan, limit: Int
  ) throws(FormatError) -> [UInt8] {
    try extract(name, limit: limit) { (range) throws(FormatError) in
      bytes.copied(from: range.lowerBound, count: range.count)
    }
  }

  /// Returns the contents of one entry, as ``extract(_:from:limit:)``.
  ///
  /// - Parameter read: Reads a part of the archive.
  func extract(_ name: String, limit: Int, read: Reader) throws(FormatError) -> [UInt8] {
    let quoted = WeightsError.quoted(name)
    func damaged(_ reason: String) -> FormatError { .damaged("entry \(quoted) \(reason)") }
    guard let index = indices[Array(name.utf8)] else { throw .damaged("it has no entry \(quoted)") }
    let entry = entries[index]
    guard !entry.isEncrypted else { throw damaged("is encrypted and cannot be read") }
    guard entry.size <= limit else {
      throw .unsupported("has an entry \(quoted) of \(entry.size) bytes; expected at most \(limit)")
    }
    guard entry.method != 8 || entry.size / Zlib.maximumRatio <= entry.packed.count else {
      throw damaged("cannot hold \(entry.size) bytes in \(entry.packed.count)")
    }
    try AllocationBudget.checkMemory(entry.size)
    let packed = try read(entry.packed)
    let contents: [UInt8]?
    switch entry.method {
    case 0: contents = packed
    case 8: contents = Zlib.inflate(packed.span.bytes, .none, to: entry.size)
    case let other: throw damaged("has an unsupported compression method \(other)")
    }
    guard let contents, Zlib.crc32(contents.span.bytes) == entry.checksum else {
      throw damaged("is incomplete or does not match its checksum")
    }
    return contents
  }

  /// Reads the only entry whose name ends with `suffix`, such as the checkpoint in a Python
  /// package, and returns its name and contents.
  ///
  /// - Parameters:
  ///   - suffix: The end of the entry's name.
  ///   - path: The archive.
  ///   - limit: The largest size of the contents in bytes; 16 times the size of the archive is
  ///     another limit.
  package static func entry(
    suffix: String, of path: String, limit: Int
  ) throws(WeightsError) -> (name: String, bytes: [UInt8]) {
    try read(path) { (archive) throws(FormatError) in
      let zip = try ZipDirectory(of: archive)
      let names = zip.names.filter { $0.hasSuffix(suffix) }
      guard names.count == 1 else {
        throw .damaged("it has \(names.count) files that end with '\(suffix)', not one")
      }
      let limit = min(limit, AllocationBudget(byteCount: archive.byteCount).remaining)
      return (names[0], try zip.extract(names[0], from: archive, limit: limit))
    }
  }
}

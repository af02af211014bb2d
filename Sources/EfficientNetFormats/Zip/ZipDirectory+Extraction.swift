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
    let quoted = WeightsError.quoted(name)
    func damaged(_ reason: String) -> FormatError { .damaged("entry \(quoted) \(reason)") }
    guard let index = indices[Array(name.utf8)] else { throw .damaged("it has no entry \(quoted)") }
    let entry = entries[index]
    guard !entry.isEncrypted else { throw damaged("is encrypted and cannot be read") }
    guard entry.size <= limit else {
      throw .unsupported("has an entry \(quoted) of \(entry.size) bytes; expected at most \(limit)")
    }
    let packed = bytes.extracting(entry.packed)
    guard entry.method != 8 || entry.size / Zlib.maximumRatio <= packed.byteCount else {
      throw damaged("cannot hold \(entry.size) bytes in \(packed.byteCount)")
    }
    try AllocationBudget.checkMemory(entry.size)
    let contents: [UInt8]?
    switch entry.method {
    case 0: contents = packed.copied(count: packed.byteCount)
    case 8: contents = Zlib.inflate(packed, .none, to: entry.size)
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

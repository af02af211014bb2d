internal import EfficientNet

extension ZipDirectory {
  /// The contents of one entry, stored or deflated, if they have their checksum.
  ///
  /// - Parameters:
  ///   - bytes: The whole archive, of which this is the directory.
  ///   - limit: The most bytes the entry may have.
  /// - Throws: ``WeightsError``: no such entry, more than `limit` bytes, damaged or encrypted, or no memory.
  func extract(
    _ name: String, from bytes: RawSpan, limit: Int
  ) throws(WeightsError) -> [UInt8] {
    let quoted = WeightsError.quoted(name)
    func damaged(_ reason: String) -> WeightsError {
      .damaged(source: source, reason: "entry \(quoted) \(reason)")
    }
    guard let index = indices[Array(name.utf8)] else {
      throw .damaged(source: source, reason: "it has no entry \(quoted)")
    }
    let entry = entries[index]
    guard !entry.isEncrypted else { throw damaged("cannot be read (it is encrypted)") }
    guard entry.size <= limit else {
      throw .unsupported(
        source: source,
        reason: "has an entry \(quoted) of \(entry.size) bytes, expected at most \(limit)")
    }
    let packed = bytes.extracting(entry.packed)
    guard entry.method != 8 || entry.size / Zlib.maximumRatio <= packed.byteCount else {
      throw damaged("cannot hold \(entry.size) bytes in \(packed.byteCount)")
    }
    try AllocationBudget.checkMemory(entry.size, source: source)
    let contents: [UInt8]?
    switch entry.method {
    case 0: contents = packed.copied(count: packed.byteCount)
    case 8: contents = Zlib.inflate(packed, .none, to: entry.size)
    case let other: throw damaged("cannot be read (compression method \(other))")
    }
    guard let contents, Zlib.crc32(contents.span.bytes) == entry.checksum else {
      throw damaged("is cut short or fails its checksum")
    }
    return contents
  }
}

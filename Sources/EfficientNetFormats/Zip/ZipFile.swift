internal import EfficientNet
internal import EfficientNetCompute

/// A zip archive in memory.
///
///     try ZipFile.open(bytes, source: "b0.pt") { zip throws(WeightsError) in
///       try zip.extract(zip.names.first ?? "", limit: 1 << 20)
///     }
struct ZipFile: ~Copyable {
  /// Where the archive comes from, for messages.
  let source: String
  /// The entries' names in the archive's order.
  var names: [String] { directory.entries.map(\.name) }
  private let directory: ZipDirectory
  /// The whole archive, which outlives this.
  private let buffer: UnsafeRawBufferPointer

  /// Calls `body` with the archive that the bytes are.
  ///
  /// - Throws: ``WeightsError/damaged(source:reason:)`` if they are none, and what `body` throws.
  static func open<Result>(
    _ bytes: RawSpan, source: String,
    _ body: (borrowing ZipFile) throws(WeightsError) -> Result
  ) throws(WeightsError) -> Result {
    let directory = try ZipDirectory(of: bytes, source: source)
    return try unsafe bytes.withUnsafeBytes { (buffer) throws(WeightsError) in
      try body(unsafe ZipFile(source: source, directory: directory, buffer: buffer))
    }
  }

  /// The contents of one entry, stored or deflated, if they have their checksum.
  ///
  /// - Parameter limit: The most bytes the entry may have.
  /// - Throws: ``WeightsError``: no such entry, more than `limit` bytes, damaged or encrypted.
  borrowing func extract(_ name: String, limit: Int) throws(WeightsError) -> [UInt8] {
    let quoted = WeightsError.quoted(name)
    func damaged(_ reason: String) -> WeightsError {
      .damaged(source: source, reason: "entry \(quoted) \(reason)")
    }
    guard let index = directory.indices[Array(name.utf8)] else {
      throw .damaged(source: source, reason: "it has no entry \(quoted)")
    }
    let entry = directory.entries[index]
    guard !entry.isEncrypted else { throw damaged("cannot be read (it is encrypted)") }
    guard entry.size <= limit else {
      throw .unsupported(
        source: source,
        reason: "has an entry \(quoted) of \(entry.size) bytes, expected at most \(limit)")
    }
    let packed = unsafe buffer.bytes.extracting(entry.packed)
    let bytes: [UInt8]?
    switch entry.method {
    case 0: bytes = packed.copied(count: packed.byteCount)
    case 8: bytes = Zlib.inflate(packed, .none, to: entry.size)
    case let other: throw damaged("cannot be read (compression method \(other))")
    }
    guard let bytes, Zlib.crc32(bytes.span.bytes) == entry.checksum else {
      throw damaged("is cut short or fails its checksum")
    }
    return bytes
  }
}

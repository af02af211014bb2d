internal import CZip
internal import EfficientNet

/// A zip archive in memory, read by libzip.
///
///     try ZipFile.open(bytes, source: "b0.pt") { zip throws(WeightsError) in
///       try zip.extract(zip.names.first ?? "", limit: 1 << 20)
///     }
struct ZipFile: ~Copyable {
  /// The most entries an archive may list; a checkpoint has some hundreds.
  private static let maximumEntries = 100_000

  /// Where the archive comes from, for messages.
  let source: String
  /// The entries' names in the archive's order.
  let names: [String]
  /// The entries by their names' bytes: strings are also equal in different Unicode forms.
  private let indices: [[UInt8]: Int]
  private let archive: OpaquePointer

  /// Calls `body` with the archive that the bytes are.
  ///
  /// - Throws: ``WeightsError/damaged(source:reason:)`` if they are none, and what `body` throws.
  static func open<Result>(
    _ bytes: RawSpan, source: String,
    _ body: (borrowing ZipFile) throws(WeightsError) -> Result
  ) throws(WeightsError) -> Result {
    try unsafe bytes.withUnsafeBytes { (buffer) throws(WeightsError) in
      try body(try unsafe ZipFile(buffer, source: source))
    }
  }

  /// An archive in a buffer that outlives it.
  private init(_ buffer: UnsafeRawBufferPointer, source: String) throws(WeightsError) {
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    func damaged(_ error: inout zip_error_t) -> WeightsError {
      let text = unsafe String(cString: zip_error_strerror(&error))
      return .damaged(source: source, reason: "not a readable zip archive (\(text))")
    }
    guard
      let memory = unsafe zip_source_buffer_create(
        buffer.baseAddress, zip_uint64_t(buffer.count), 0, &error)
    else { throw damaged(&error) }
    guard let archive = unsafe zip_open_from_source(memory, ZIP_RDONLY, &error) else {
      unsafe zip_source_free(memory)
      throw damaged(&error)
    }
    let count = unsafe zip_get_num_entries(archive, 0)
    guard count <= Self.maximumEntries else {
      unsafe zip_discard(archive)
      throw .unsupported(source: source, reason: "lists \(count) files, far more than weights need")
    }
    let names = (0..<max(0, count)).map { index in
      unsafe zip_get_name(archive, zip_uint64_t(index), 0).map { unsafe String(cString: $0) } ?? ""
    }
    var indices: [[UInt8]: Int] = [:]
    let duplicate = names.indices.first { index in
      indices.updateValue(index, forKey: Array(names[index].utf8)) != nil
    }
    if let duplicate {
      unsafe zip_discard(archive)
      throw .damaged(
        source: source, reason: "it has two entries \(WeightsError.quoted(names[duplicate]))")
    }
    self.names = names
    self.indices = indices
    self.source = source
    unsafe self.archive = archive
  }

  deinit { unsafe zip_discard(archive) }

  /// The contents of one entry, stored or deflated. libzip checks them against their checksum.
  ///
  /// - Parameter limit: The most bytes the entry may have.
  /// - Throws: ``WeightsError``: no such entry, more than `limit` bytes, damaged or encrypted.
  borrowing func extract(_ name: String, limit: Int) throws(WeightsError) -> [UInt8] {
    func damaged(_ reason: String) -> WeightsError {
      .damaged(source: source, reason: "entry \(WeightsError.quoted(name)) \(reason)")
    }
    guard let index = indices[Array(name.utf8)] else {
      throw .damaged(source: source, reason: "it has no entry \(WeightsError.quoted(name))")
    }
    guard let entry = unsafe zip_fopen_index(archive, zip_uint64_t(index), 0) else {
      let text = unsafe String(cString: zip_strerror(archive))
      throw damaged("cannot be read (\(text))")
    }
    defer { unsafe zip_fclose(entry) }

    var claimed = zip_stat_t()
    let hasSize =
      unsafe zip_stat_index(archive, zip_uint64_t(index), 0, &claimed) == 0
      && claimed.valid & zip_uint64_t(ZIP_STAT_SIZE) != 0
    guard !hasSize || claimed.size <= zip_uint64_t(limit) else {
      throw .unsupported(
        source: source,
        reason: "has an entry \(WeightsError.quoted(name)) of \(claimed.size) bytes, "
          + "expected at most \(limit)")
    }
    // The claimed size is only a claim: memory grows with what really arrives.
    var bytes: [UInt8] = []
    while true {
      let wanted = min(1 << 20, limit - bytes.count + 1)
      var received: zip_int64_t = 0
      let chunk = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
        unsafe received = zip_fread(entry, buffer.baseAddress, zip_uint64_t(wanted))
        count = Int(max(0, received))
      }
      guard received >= 0 else { throw damaged("is cut short or fails its checksum") }
      if received == 0 { return bytes }
      bytes += chunk
      guard bytes.count <= limit else {
        throw .unsupported(
          source: source,
          reason: "has an entry \(WeightsError.quoted(name)) of more than \(limit) bytes")
      }
    }
  }
}

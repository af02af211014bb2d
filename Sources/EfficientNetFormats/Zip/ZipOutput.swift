internal import CZip
package import EfficientNet
internal import EfficientNetCompute

/// A zip archive that libzip writes to an ``OutputFile``: it appears whole or not at all, and no entry is copied
/// as a whole.
///
///     try ZipOutput.write(entries, to: "b0.npz")
package enum ZipOutput {
  /// A file of the archive: a header, then what is in it.
  package struct Entry {
    var name: String
    var header: [UInt8]
    var content: Content

    /// An entry.
    package init(name: String, header: [UInt8], content: Content) {
      (self.name, self.header, self.content) = (name, header, content)
    }
  }

  /// What an entry has behind its header.
  package enum Content {
    /// The elements of a tensor.
    case tensor(WeightTensor)
    /// So many bytes, a part of which `make` makes when it is their turn.
    case parts(byteCount: Int, make: (Range<Int>) throws(FileError) -> [UInt8])

    fileprivate var byteCount: Int {
      switch self {
      case .tensor(let tensor): 4 * tensor.count
      case .parts(let byteCount, _): byteCount
      }
    }
  }

  /// Writes the entries uncompressed, all dated 1980-01-01 so that the same entries give the same bytes.
  ///
  /// - Throws: ``WeightsError``.
  package static func write(_ entries: [Entry], to path: String) throws(WeightsError) {
    let output = try fileErrors { () throws(FileError) in try ZipDestination(path: path) }
    guard output.canRewrite else {
      throw .unsupported(
        source: path, reason: "is no regular file; a zip archive cannot be written to it")
    }
    let sources = entries.map(ZipEntrySource.init)
    try withExtendedLifetime((output, sources)) { () throws(WeightsError) in
      try write(sources, into: output, path: path)
    }
    try fileErrors { () throws(FileError) in try output.commit() }
  }

  private static func write(
    _ sources: [ZipEntrySource], into output: ZipDestination, path: String
  ) throws(WeightsError) {
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    func failure(_ error: UnsafeMutablePointer<zip_error_t>) -> WeightsError {
      if let failure = output.failure ?? sources.lazy.compactMap(\.failure).first {
        return .file(failure)
      }
      let text = unsafe String(cString: zip_error_strerror(error))
      return .unsupported(source: path, reason: "cannot be written as a zip archive (\(text))")
    }
    guard
      let destination = unsafe zip_source_function_create(
        writeToDestination, Unmanaged.passUnretained(output).toOpaque(), &error)
    else { throw failure(&error) }
    guard
      let archive = unsafe zip_open_from_source(
        destination, ZIP_CREATE | ZIP_TRUNCATE, &error)
    else {
      unsafe zip_source_free(destination)
      throw failure(&error)
    }
    for source in sources {
      guard
        let content = unsafe zip_source_function_create(
          readFromEntry, Unmanaged.passUnretained(source).toOpaque(), &error)
      else {
        unsafe zip_discard(archive)
        throw failure(&error)
      }
      let index = unsafe zip_file_add(
        archive, source.entry.name, content, zip_flags_t(ZIP_FL_ENC_UTF_8))
      if index < 0 { unsafe zip_source_free(content) }
      // 0x21 is the first day that the format can say.
      guard index >= 0,
        unsafe zip_set_file_compression(archive, zip_uint64_t(index), ZIP_CM_STORE, 0) == 0,
        unsafe zip_file_set_dostime(archive, zip_uint64_t(index), 0, 0x21, 0) == 0
      else {
        let error = unsafe failure(zip_get_error(archive))
        unsafe zip_discard(archive)
        throw error
      }
    }
    guard unsafe zip_close(archive) == 0 else {
      let error = unsafe failure(zip_get_error(archive))
      unsafe zip_discard(archive)
      throw error
    }
  }
}

/// What an entry's callback works on: where the reading is.
private final class ZipEntrySource {
  let entry: ZipOutput.Entry
  var position = 0
  /// Why no more bytes come.
  private(set) var failure: FileError?

  init(_ entry: ZipOutput.Entry) { self.entry = entry }

  var byteCount: Int { entry.header.count + entry.content.byteCount }

  /// Copies the next bytes into the buffer and returns their number, or −1 if there is a ``failure``.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let headerCount = entry.header.count
    let count: Int
    if position < headerCount {
      let header = entry.header
      count = unsafe copy(header.span.bytes, from: position, into: buffer)
    } else {
      let offset = position - headerCount
      switch entry.content {
      case .tensor(let tensor):
        count = tensor.withElements { elements in
          let bytes = elements.bytes
          return unsafe copy(bytes, from: offset, into: buffer)
        }
      case .parts(let byteCount, let make):
        do throws(FileError) {
          let part = try make(offset..<min(offset + buffer.count, byteCount))
          count = unsafe copy(part.span.bytes, from: 0, into: buffer)
        } catch {
          failure = error
          return -1
        }
      }
    }
    position += count
    return count
  }

  private func copy(
    _ bytes: RawSpan, from offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    let count = min(bytes.byteCount - offset, buffer.count)
    unsafe bytes.extracting(offset..<(offset + count)).withUnsafeBytes {
      unsafe buffer.copyMemory(from: $0)
    }
    return count
  }
}

/// What the archive's callback works on: the file and the place of the next byte.
private final class ZipDestination {
  private var file: OutputFile
  var position = 0
  private(set) var length = 0
  /// Why writing failed, in the system's words.
  private(set) var failure: FileError?

  init(path: String) throws(FileError) { file = try OutputFile(path: path) }

  var canRewrite: Bool { file.canRewrite }

  func write(_ buffer: UnsafeRawBufferPointer) -> Int {
    do {
      try file.write(unsafe buffer.bytes, at: position)
    } catch {
      failure = error
      return -1
    }
    position += buffer.count
    length = max(length, position)
    return buffer.count
  }

  func commit() throws(FileError) { try file.commit() }
}

/// The commands that a callback answers, as libzip asks for them.
private func support(_ commands: zip_source_cmd_t...) -> zip_int64_t {
  commands.reduce(0) { $0 | 1 << zip_int64_t($1.rawValue) }
}

/// Gives libzip an entry's bytes.
private let readFromEntry: zip_source_callback = { state, data, count, command in
  guard let state = unsafe state else { return -1 }
  let source = unsafe Unmanaged<ZipEntrySource>.fromOpaque(state).takeUnretainedValue()
  switch command {
  case ZIP_SOURCE_OPEN:
    source.position = 0
    return 0
  case ZIP_SOURCE_READ:
    return zip_int64_t(
      source.read(into: unsafe UnsafeMutableRawBufferPointer(start: data, count: Int(count))))
  case ZIP_SOURCE_CLOSE, ZIP_SOURCE_FREE:
    return 0
  case ZIP_SOURCE_STAT:
    return unsafe describe(size: source.byteCount, at: data)
  case ZIP_SOURCE_ERROR:
    return unsafe describeFailure(at: data)
  case ZIP_SOURCE_SUPPORTS:
    return support(
      ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
      ZIP_SOURCE_FREE, ZIP_SOURCE_SUPPORTS)
  default:
    return -1
  }
}

/// Takes the archive's bytes from libzip, which goes back to complete the headers of entries. To be read the
/// archive is empty: it is new.
private let writeToDestination: zip_source_callback = { state, data, count, command in
  guard let state = unsafe state else { return -1 }
  let output = unsafe Unmanaged<ZipDestination>.fromOpaque(state).takeUnretainedValue()
  switch command {
  case ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK,
    ZIP_SOURCE_TELL, ZIP_SOURCE_BEGIN_WRITE, ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE,
    ZIP_SOURCE_REMOVE:
    return 0
  case ZIP_SOURCE_STAT:
    return unsafe describe(size: 0, at: data)
  case ZIP_SOURCE_ERROR:
    return unsafe describeFailure(at: data)
  case ZIP_SOURCE_WRITE:
    return zip_int64_t(
      unsafe output.write(UnsafeRawBufferPointer(start: data, count: Int(count))))
  case ZIP_SOURCE_SEEK_WRITE:
    var error = zip_error_t()
    zip_error_init(&error)
    let target = unsafe zip_source_seek_compute_offset(
      zip_uint64_t(output.position), zip_uint64_t(output.length), data, count, &error)
    guard target >= 0 else { return -1 }
    output.position = Int(target)
    return 0
  case ZIP_SOURCE_TELL_WRITE:
    return zip_int64_t(output.position)
  case ZIP_SOURCE_SUPPORTS:
    return support(
      ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
      ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS,
      ZIP_SOURCE_BEGIN_WRITE, ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE,
      ZIP_SOURCE_WRITE, ZIP_SOURCE_SEEK_WRITE, ZIP_SOURCE_TELL_WRITE, ZIP_SOURCE_REMOVE)
  default:
    return -1
  }
}

/// Answers libzip's question about a source: its size.
private func describe(size: Int, at data: UnsafeMutableRawPointer?) -> zip_int64_t {
  guard let status = unsafe data?.assumingMemoryBound(to: zip_stat_t.self) else { return -1 }
  unsafe zip_stat_init(status)
  unsafe status.pointee.size = zip_uint64_t(size)
  unsafe status.pointee.valid |= zip_uint64_t(ZIP_STAT_SIZE)
  return 0
}

/// Answers libzip's question about what went wrong; ``ZipDestination/failure`` says more.
private func describeFailure(at data: UnsafeMutableRawPointer?) -> zip_int64_t {
  guard let data = unsafe data else { return -1 }
  var error = zip_error_t()
  unsafe zip_error_init_with_code(&error, ZIP_ER_WRITE)
  return unsafe zip_error_to_data(&error, data, zip_uint64_t(2 * MemoryLayout<Int32>.size))
}

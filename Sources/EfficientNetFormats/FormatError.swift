package import EfficientNet
internal import EfficientNetSystem

/// What is wrong with a file's bytes. Their readers do not know the file; ``named(_:)`` adds its name.
package indirect enum FormatError: Error {
  /// They break the rules of their own format.
  case damaged(String)
  /// They may be whole, but hold what is not read. The reason completes a sentence that starts with the file.
  case unsupported(String)
  /// They unpack to more bytes than the system has memory for.
  case noMemory(byteCount: Int)
  /// An entry of an archive has this error.
  case entry(String, FormatError)

  /// The same of the file that messages call `source`.
  package func named(_ source: String) -> WeightsError {
    switch self {
    case .damaged(let reason): .damaged(source: source, reason: reason)
    case .unsupported(let reason): .unsupported(source: source, reason: reason)
    case .noMemory(let byteCount):
      .file(
        FileError(
          path: source,
          reason: "no memory for \(byteCount >> 20) MB that it unpacks to; end other programs"))
    case .entry(let name, let error): error.named("\(source) (\(WeightsError.quoted(name)))")
    }
  }
}

/// What `body` gives; its errors with the name of the file.
package func naming<Result>(
  _ source: String, _ body: () throws(FormatError) -> Result
) throws(WeightsError) -> Result {
  do { return try body() } catch { throw error.named(source) }
}

/// What `body` makes of a file's bytes.
func read<Result>(
  _ path: String, _ body: (RawSpan) throws(FormatError) -> Result
) throws(WeightsError) -> Result {
  let file = try fileErrors { () throws(FileError) in try MappedFile(path: path) }
  return try naming(path) { () throws(FormatError) in try file.withBytes(body) }
}

/// What `body` makes of the bytes of a file that messages call `source`.
func read<Result>(
  _ bytes: [UInt8], source: String, _ body: (RawSpan) throws(FormatError) -> Result
) throws(WeightsError) -> Result {
  try naming(source) { () throws(FormatError) in try body(bytes.span.bytes) }
}

/// What `body` gives; its errors as ``WeightsError/file(_:)``.
func fileErrors<Result: ~Copyable>(
  _ body: () throws(FileError) -> Result
) throws(WeightsError) -> Result {
  do { return try body() } catch { throw .file(error) }
}

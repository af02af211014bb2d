package import EfficientNet
package import EfficientNetSystem

/// An error in the bytes of a file. The readers do not know the file's name; ``named(_:)`` adds it.
package indirect enum FormatError: Error {
  /// The bytes violate their format.
  case damaged(String)
  /// The bytes may be valid, but their contents are not supported. The reason completes a sentence
  /// that starts with the file.
  case unsupported(String)
  /// The tensors do not fit the network, or fit several networks. The reason completes a sentence
  /// that starts with the file.
  case network(String)
  /// The contents need more memory than the system has.
  case noMemory(byteCount: Int)
  /// The file cannot be read.
  case file(FileError)
  /// An entry of an archive has the given error.
  case entry(String, FormatError)

  /// Returns the error for the file that messages call `source`.
  package func named(_ source: String) -> WeightsError {
    switch self {
    case .damaged(let reason): .damaged(source: source, reason: reason)
    case .unsupported(let reason): .unsupported(source: source, reason: reason)
    case .network(let reason): .network(source: source, reason: reason)
    case .noMemory(let byteCount):
      .file(
        FileError(
          path: source,
          reason: "not enough memory for its \(byteCount.megabytes) of contents; "
            + "close other programs"))
    case .file(let error): .file(error)
    case .entry(let name, let error): error.named("\(source) (\(WeightsError.quoted(name)))")
    }
  }
}

/// Calls `body` and adds the name of the file to its errors.
package func naming<Result>(
  _ source: String, _ body: () throws(FormatError) -> Result
) throws(WeightsError) -> Result {
  do { return try body() } catch { throw error.named(source) }
}

/// Calls `body` with the bytes of a file.
func read<Result>(
  _ path: String, _ body: (RawSpan) throws(FormatError) -> Result
) throws(WeightsError) -> Result {
  let bytes = try fileErrors { () throws(FileError) in try OpenFile(path: path).contents() }
  return try read(bytes, source: path, body)
}

/// Calls `body` with the bytes of a file that messages call `source`.
func read<Result>(
  _ bytes: [UInt8], source: String, _ body: (RawSpan) throws(FormatError) -> Result
) throws(WeightsError) -> Result {
  try naming(source) { () throws(FormatError) in try body(bytes.span.bytes) }
}

/// Calls `body` and converts its errors to ``WeightsError/file(_:)``.
package func fileErrors<Result: ~Copyable>(
  _ body: () throws(FileError) -> Result
) throws(WeightsError) -> Result {
  do { return try body() } catch { throw .file(error) }
}

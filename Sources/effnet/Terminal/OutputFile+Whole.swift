import EfficientNetSystem

extension OutputFile {
  /// Writes a file at once.
  ///
  /// - Throws: `FileError`.
  static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    var file = try OutputFile(path: path)
    try file.write(bytes.span.bytes)
    try file.commit()
  }
}

import EfficientNetSystem

/// Standard input: a photo, or a list of paths.
enum StandardInput {
  /// The limit in bytes: that of a photo's file, and enough for the paths of 10 million photos.
  private static let mostBytes = 1 << 30

  /// Reads standard input to its end.
  ///
  /// - Throws: `FileError`, also if memory is insufficient; ``Interruption``, which would not stop
  ///   `readLine`.
  static func bytes() throws -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      try Interruption.check()
      guard let part = try StandardStream.input.read(limit: 1 << 16, milliseconds: 100) else {
        continue
      }
      if part.isEmpty { return bytes }
      let count = bytes.count + part.count
      guard count <= mostBytes else {
        throw FileError(
          path: "standard input",
          reason: "it has more than \(mostBytes) bytes, the limit for a photo or a list of paths")
      }
      // A full array doubles its size. One that cannot be allocated ends the process.
      guard
        count <= max(bytes.capacity, 1 << 24)
          || MemoryProbe.isAvailable(byteCount: 2 * bytes.capacity)
      else {
        throw FileError(
          path: "standard input", reason: "not enough memory for more than \(count.megabytes) of it"
        )
      }
      bytes += part
    }
  }

  /// Returns the paths in a text, without empty ones: separated by zero bytes if it has any, as
  /// `find -print0` writes them, otherwise one per line.
  ///
  /// - Throws: `FileError` for a path that is not UTF-8. A repaired path may name another file.
  static func paths(in bytes: [UInt8]) throws -> [String] {
    func text(_ bytes: ArraySlice<UInt8>) throws -> String {
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw FileError(
          path: String(decoding: bytes, as: UTF8.self),
          reason: "the name is not UTF-8; rename it")
      }
      return text
    }
    if bytes.contains(0) { return try bytes.split(separator: 0).map(text) }
    return try bytes.split(separator: UInt8(ascii: "\n"))
      .map { try text($0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0) }
      .filter { !$0.allSatisfy(\.isWhitespace) }
  }
}

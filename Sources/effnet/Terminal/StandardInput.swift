import EfficientNetSystem

/// Where lists of paths come from.
enum StandardInput {
  /// More than the paths of 10 million photos.
  private static let mostBytes = 1 << 30

  /// The paths that standard input names, as ``paths(in:)``.
  ///
  /// - Throws: `FileError`; ``Interruption``, for which `readLine` would not return.
  static func paths() throws -> [String] {
    var bytes: [UInt8] = []
    while true {
      try Interruption.check()
      guard let part = try StandardStream.input.read(limit: 1 << 16, milliseconds: 100) else {
        continue
      }
      if part.isEmpty { return try paths(in: bytes) }
      bytes += part
      guard bytes.count <= mostBytes else {
        throw FileError(
          path: "standard input", reason: "more than \(mostBytes) bytes of paths; name fewer photos"
        )
      }
    }
  }

  /// The paths in a text, without empty ones: split at zero bytes if it has any, as `find -print0` writes them, else a
  /// path a line.
  ///
  /// - Throws: `FileError` for a path that is not UTF-8: repaired, it might name another file.
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

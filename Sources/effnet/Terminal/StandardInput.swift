import EfficientNetImages
import EfficientNetSystem

enum StandardInput {
  /// The limit in bytes, enough for the paths of 10 million photos.
  private static let mostBytes = 1 << 30

  /// Reads the paths on standard input; see ``paths(in:)``.
  ///
  /// - Throws: `FileError`; ``Interruption``, which would not stop `readLine`.
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

  /// Returns the paths in a text, without empty ones: separated by zero bytes if it has any, as
  /// `find -print0` writes them, otherwise one per line.
  ///
  /// - Throws: ``CommandError`` for a picture in place of a list; `FileError` for a path that is
  ///   not UTF-8. A repaired path may name another file.
  static func paths(in bytes: [UInt8]) throws -> [String] {
    guard ImageFormat(signatureOf: bytes.span) == nil else {
      throw CommandError(
        "standard input is a picture, not a list of paths; name its file as an argument instead")
    }
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

package import EfficientNetSystem

/// The bearer tokens of a file, kept as digests.
///
///     # A token a line. A name before it, for the log, is optional.
///     3f9a0c7e51d2486b
///     camera-7: Zk1vY2hfdG9rZW5fMg==
///
/// Source: [RFC 6750](https://www.rfc-editor.org/rfc/rfc6750).
package struct Tokens: Sendable {
  /// The holder of a token.
  package struct Holder: Hashable, Sendable {
    /// The name of the token; nil without one.
    package let name: String?
  }

  /// The minimum number of characters of a token.
  package static let leastCount = 16

  private var entries: [(digest: TokenDigest, holder: Holder)] = []
  /// Advice about the file in one line; nil without one.
  package let note: String?

  /// The number of tokens.
  package var count: Int { entries.count }

  /// Reads a file or a pipe.
  ///
  /// - Throws: ``FileError`` that names the line with a mistake, but not its token.
  package init(file path: String) throws(FileError) {
    let bytes = try FileContents.read(fileOrPipe: path, limit: 1 << 20)
    note =
      FileStatus(path)?.isReadableByOthers == true
      ? "\(path): other users can read these tokens; run chmod 600 on the file" : nil
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      func refuse(_ reason: String) -> FileError {
        FileError(path: path, reason: "line \(index + 1): \(reason)")
      }
      var text = Self.trimmed(line)
      guard let first = text.first, first != UInt8(ascii: "#") else { continue }
      var name: String?
      if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
        let bytes = Self.trimmed(text[..<colon])
        guard 1...64 ~= bytes.count, bytes.allSatisfy(Self.isOfName) else {
          throw refuse("a name has 1 to 64 letters, digits, '.', '_' and '-'")
        }
        name = String(decoding: bytes, as: UTF8.self)
        text = Self.trimmed(text[(colon + 1)...])
      }
      guard text.count >= Self.leastCount else {
        throw refuse(
          "the token has \(text.count) characters; at least \(Self.leastCount) are needed "
            + "(openssl rand -hex 32)")
      }
      guard Self.isToken(text) else {
        throw refuse("a token has letters, digits and -._~+/ only, and '=' at its end")
      }
      let digest = TokenDigest(text)
      guard !entries.contains(where: { $0.digest == digest }) else {
        throw refuse("the token stands in the file twice; remove one of them")
      }
      entries.append((digest, Holder(name: name)))
    }
    guard !entries.isEmpty else { throw FileError(path: path, reason: "it has no token") }
  }

  /// Returns the holder of the token in an Authorization header such as "Bearer 3f9a…"; nil if the
  /// file does not have it.
  package func holder(authorization: String) -> Holder? {
    let fields = authorization.utf8.split(separator: UInt8(ascii: " "))
    guard fields.count == 2, String(Substring(fields[0])).lowercased() == "bearer" else {
      return nil
    }
    let digest = TokenDigest(fields[1])
    var holder: Holder?
    // Compare with all, so that the time does not tell which one it is.
    for entry in entries where entry.digest == digest { holder = entry.holder }
    return holder
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte.isBlank || byte == UInt8(ascii: "\r") }
    var text = text.drop(while: isSpace)
    while let last = text.last, isSpace(last) { text.removeLast() }
    return text
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    byte.isAlphanumeric || "._-".utf8.contains(byte)
  }

  private static func isToken(_ text: ArraySlice<UInt8>) -> Bool {
    let digits = text.prefix { $0.isAlphanumeric || "-._~+/".utf8.contains($0) }
    return !digits.isEmpty && text.dropFirst(digits.count).allSatisfy { $0 == UInt8(ascii: "=") }
  }
}
